import { closeSync, fstatSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attachmentsOf } from '../../src/attach/attachments.js';
import { ownFd } from '../../src/attach/owned-fd.js';
import { readTable } from '../../src/attach/table.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import type { Connection } from '../../src/transport/transport.js';

const PLACE = { segment: 1, slot: 2, offset: 3, length: 4 };

/** A connection that takes everything, and tells what it was asked for. */
function connection() {
  const dropped: number[] = [];
  const unplaced: unknown[] = [];
  /** The memory that the codec has encoded into, and uses again. */
  const memory = Uint8Array.of(7, 8, 9);
  const fake = {
    descriptors: { send: () => 5, drop: (ticket: number) => dropped.push(ticket) },
    arena: {
      place() {
        memory.fill(0);
        return PLACE;
      },
      unplace: (place: unknown) => unplaced.push(place),
    },
  } as unknown as Connection;
  const encoded = { bytes: memory, start: 1, end: 3 };
  return { attachments: attachmentsOf(fake), encoded, dropped, unplaced };
}

it('the body of a message is kept while its blobs are placed', () => {
  const { attachments, encoded } = connection();
  const { body } = attachments.attach([{ kind: 'blob', value: new Uint8Array(4) }], encoded);
  const { bodyStart, entries } = readTable(body.bytes, body.start, body.end);
  expect(entries).toEqual([{ kind: 'blob', ...PLACE }]);
  expect([...body.bytes.subarray(bodyStart, body.end)]).toEqual([8, 9]);
});

it('what was not sent is taken back, and descriptors stay their sender’s', () => {
  const { attachments, encoded, dropped, unplaced } = connection();
  const number = openSync('/dev/null', 'r');
  const owned = ownFd(number);
  const both = [
    { kind: 'blob', value: new Uint8Array(4) },
    { kind: 'fd', value: owned },
  ] as const;
  attachments.attach(both, encoded).undo();
  expect(dropped).toEqual([5]);
  expect(unplaced).toMatchObject([PLACE]);
  expect(owned.fd).toBe(number);
  attachments.attach(both, encoded).sent();
  expect(dropped).toEqual([5]);
  expect(() => fstatSync(number)).toThrow(/EBADF/);
  // A number is lent.
  const lent = openSync('/dev/null', 'r');
  attachments.attach([{ kind: 'fd', value: lent }], encoded).sent();
  expect(fstatSync(lent).isCharacterDevice()).toBe(true);
  closeSync(lent);
});

it('an item waits for blobs that may be released, and for nothing else that there is no room for', () => {
  let refuses: 'blobs' | 'descriptors' = 'blobs';
  const refuse = (what: typeof refuses) => {
    if (refuses === what) throw new RpcError('RESOURCE_EXHAUSTED', `too many ${what}`);
  };
  const fake = {
    remote: { fdCredit: true },
    descriptors: {
      sendForItem() {
        refuse('descriptors');
        return 5;
      },
      drop: () => {},
    },
    arena: {
      place() {
        refuse('blobs');
        return PLACE;
      },
      unplace: () => {},
      // The other side holds some always.
      awaitRoom: () => true,
    },
  } as unknown as Connection;
  const body = { bytes: Uint8Array.of(1), start: 0, end: 1 };
  const both = [
    { kind: 'blob', value: new Uint8Array(4) },
    { kind: 'fd', value: 0 },
  ] as const;
  const item = attachmentsOf(fake).attachItem(both, false);
  expect(item.attach(body)).toBe(undefined);
  refuses = 'descriptors';
  expect(() => item.attach(body)).toThrow('too many descriptors');
});
