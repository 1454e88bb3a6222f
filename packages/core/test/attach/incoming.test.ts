import { closeSync, fstatSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Incoming } from '../../src/attach/incoming.js';
import type { Entry } from '../../src/attach/table.js';
import type { OwnedFd } from '../../src/contract/attachments.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import type { Connection } from '../../src/transport/transport.js';

const opened: number[] = [];
function open(): number {
  const fd = openSync('/dev/null', 'r');
  opened.push(fd);
  return fd;
}
const isOpen = (fd: number) => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};
afterEach(() => {
  for (const fd of opened.splice(0)) if (isOpen(fd)) closeSync(fd);
});

/** What a connection hands over for a message: real descriptors, and blobs that are none. */
function receive(came: readonly number[], entries: readonly Entry[]): Incoming {
  const fds = entries.filter(({ kind }) => kind === 'fd').length;
  const connection = {
    descriptors: { take: () => [...came] },
    arena: {
      view: () => {
        throw new RpcError('INTERNAL', 'there is no such slot');
      },
    },
  } as unknown as Connection;
  return new Incoming(connection, { entries, fds, ticket: 1, bodyStart: 0 }, () => undefined);
}

const fd: Entry = { kind: 'fd' };
const blob: Entry = { kind: 'blob', segment: 0, slot: 0, offset: 0, length: 1 };

describe('what came beside a message', () => {
  it.each([
    ['more than its table says', 3, [fd, fd]],
    ['fewer', 1, [fd, fd]],
    ['none of them', 0, [fd]],
    ['a blob that is none behind them', 2, [fd, fd, blob]],
    ['a blob that is none before them', 2, [blob, fd, fd]],
  ] as [string, number, Entry[]][])('is closed when it is %s', (_, count, entries) => {
    const came = Array.from({ length: count }, open);
    expect(() => receive(came, entries)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(came.filter(isOpen)).toEqual([]);
  });

  it('is closed when nobody gets it, and only then', () => {
    const came = [open(), open(), open()];
    const incoming = receive(came, [fd, fd, fd]);
    const first = incoming.at(0, 'fd', undefined) as OwnedFd;
    const last = incoming.at(2, 'fd', undefined) as OwnedFd;
    expect([first.fd, last.fd]).toEqual([came[0], came[2]]);
    incoming.handedOn();
    expect(came.map(isOpen)).toEqual([true, false, true]);
    incoming.discard();
    expect(came.map(isOpen)).toEqual([true, false, true]);
    first.close();
    last.close();
    expect(came.filter(isOpen)).toEqual([]);
  });

  it('can be asked for once', () => {
    const incoming = receive([open()], [fd]);
    expect(() => incoming.at(0, 'blob', undefined)).toThrow(TypeError);
    expect(() => incoming.at(1, 'fd', undefined)).toThrow(TypeError);
    expect(incoming.at(0, 'fd', undefined)).toBeDefined();
    expect(() => incoming.at(0, 'fd', undefined)).toThrow(TypeError);
    incoming.discard();
  });
});
