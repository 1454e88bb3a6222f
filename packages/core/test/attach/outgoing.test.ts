import { describe, expect, it } from 'vitest';
import { attachmentsOf } from '../../src/attach/attachments.js';
import { readTable } from '../../src/attach/table.js';
import type { OutgoingAttachment } from '../../src/codec/attachments.js';
import { attachmentSymbol } from '../../src/contract/attachments.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import type { BlobPlace, Connection } from '../../src/transport/transport.js';

interface Arranged {
  readonly attachments: ReturnType<typeof attachmentsOf>;
  /** Slots that are lent. */
  readonly lent: Set<number>;
}

/** A connection that lends what it is asked to, at places that its sizes name. */
function arranged(offset = 0, refused = -1): Arranged {
  const lent = new Set<number>();
  const place = (bytes: Uint8Array): BlobPlace => {
    if (bytes.length === refused) throw new RpcError('RESOURCE_EXHAUSTED', 'no room');
    const slot = lent.size + 1;
    lent.add(slot);
    return { segment: 1, slot, offset, length: bytes.length };
  };
  const unplace = ({ slot }: BlobPlace) => void lent.delete(slot);
  return { attachments: attachmentsOf({ arena: { place, unplace } } as unknown as Connection), lent };
}

const blob = (value: unknown): OutgoingAttachment => ({ kind: 'blob', value });
const body = (...bytes: number[]) => ({
  bytes: Uint8Array.from([0, ...bytes, 0]),
  start: 1,
  end: bytes.length + 1,
});

function opened({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }) {
  const { entries, bodyStart } = readTable(bytes, start, end);
  return { entries, body: [...bytes.subarray(bodyStart, end)] };
}

describe('a message with a table', () => {
  it.each([0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 48, Number.MAX_SAFE_INTEGER])(
    'names an offset of %d, and its body',
    (offset) => {
      for (const size of [0, 3, 64, 65, 10_000, 2 ** 21]) {
        const bytes = Buffer.alloc(size + 2, 'body');
        const from = { bytes, start: 1, end: size + 1 };
        const { body: message } = arranged(offset).attachments.attach([blob(new Uint8Array(7))], from);
        const { entries, bodyStart } = readTable(message.bytes, message.start, message.end);
        expect(entries).toEqual([{ kind: 'blob', segment: 1, slot: 1, offset, length: 7 }]);
        expect(
          Buffer.compare(message.bytes.subarray(bodyStart, message.end), bytes.subarray(1, size + 1)),
        ).toBe(0);
      }
    },
  );

  it('is whole when another one is made in the midst of it', () => {
    const { attachments, lent } = arranged();
    let inner: ReturnType<typeof opened> | undefined;
    const meanwhile = {
      [attachmentSymbol]: 'blob',
      get bytes() {
        inner = opened(
          attachments.attach([blob(new Uint8Array(1)), blob(new Uint8Array(2))], body(8, 9)).body,
        );
        return new Uint8Array(3);
      },
    };
    const outer = opened(attachments.attach([blob(meanwhile), blob(new Uint8Array(4))], body(1, 2, 3)).body);
    const at = (slot: number, length: number) => ({ kind: 'blob', segment: 1, slot, offset: 0, length });
    expect(inner).toEqual({ entries: [at(1, 1), at(2, 2)], body: [8, 9] });
    expect(outer).toEqual({ entries: [at(3, 3), at(4, 4)], body: [1, 2, 3] });
    expect(lent.size).toBe(4);
  });

  it('is followed by one without anything of it', () => {
    const { attachments } = arranged(2 ** 52);
    attachments.attach([blob(new Uint8Array(1))], { bytes: Buffer.alloc(200, 255), start: 0, end: 200 });
    const three = [1, 2, 3].map((size) => blob(new Uint8Array(size)));
    const { bytes, start, end } = arranged().attachments.attach(three, body(4)).body;
    const zeros = (count: number): number[] => Array(count).fill(0);
    const entry = (slot: number) => [1, 0, 0, 0, 1, 0, 0, 0, slot, ...zeros(15), slot, ...zeros(7)];
    expect([...bytes.subarray(start, end)]).toEqual([3, ...zeros(7), ...[1, 2, 3].flatMap(entry), 4]);
  });

  it('that cannot be made, or is not sent, lends nothing', () => {
    const { attachments, lent } = arranged(0, 5);
    const three = [blob(new Uint8Array(1)), blob(new Uint8Array(2)), blob(new Uint8Array(5))];
    expect(() => attachments.attach(three, body(1))).toThrow('no room');
    expect(lent.size).toBe(0);
    const attached = attachments.attach(three.slice(0, 2), body(1));
    expect(lent.size).toBe(2);
    attached.undo();
    expect(lent.size).toBe(0);
  });

  it('whose numbers no array can have is damaged', () => {
    const { bytes, start, end } = arranged().attachments.attach([blob(new Uint8Array(1))], body()).body;
    const message = bytes.slice(start, end);
    message[8 + 16 + 6] = 0x20;
    expect(() => readTable(message, 0, message.length)).toThrow('out of range');
    message[8 + 16 + 6] = 0x1f;
    expect(readTable(message, 0, message.length).entries[0]).toMatchObject({ offset: 0x1f * 2 ** 48 });
  });
});
