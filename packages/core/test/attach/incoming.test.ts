import { closeSync, fstatSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { DoorReturns } from '../../src/attach/door-returns.js';
import type { OpenDoor } from '../../src/attach/doors.js';
import { Incoming } from '../../src/attach/incoming.js';
import type { Entry } from '../../src/attach/table.js';
import type { OwnedFd } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import { describe as describeService } from '../../src/contract/descriptor.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { type Connection, Kind, SendResult } from '../../src/transport/transport.js';

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

/** Doors that were given back to whoever sent them. */
const givenBack: number[] = [];
/** What was done with doors that were opened. */
const openedDoors: { id: number; disposed: number }[] = [];
afterEach(() => {
  for (const list of [givenBack, openedDoors]) list.splice(0);
});

/** What a connection hands over for a message: real descriptors, and blobs that are none. */
function receive(came: readonly number[], entries: readonly Entry[]): Incoming {
  const fds = entries.filter(({ kind }) => kind === 'fd').length;
  const connection = {
    send: (kind: Kind, _flags: number, _method: number, id: number, count: number) => {
      expect([kind, count]).toEqual([Kind.doorRelease, 1]);
      givenBack.push(id);
      return SendResult.accepted;
    },
    queuedMessages: 0,
    descriptors: { take: () => [...came] },
    arena: {
      view: () => {
        throw new RpcError('INTERNAL', 'there is no such slot');
      },
    },
  } as unknown as Connection;
  const openDoor: OpenDoor = (_, id) => {
    const opened = {
      id,
      disposed: 0,
      [Symbol.dispose]: () => {
        opened.disposed += 1;
      },
    };
    openedDoors.push(opened);
    return opened;
  };
  const table = { entries, fds, ticket: 1, bodyStart: 0 };
  return new Incoming(connection, table, openDoor, new DoorReturns(connection));
}

const fd: Entry = { kind: 'fd' };
const bell = defineService('bell', { ring: {} });
const door = (id: number, to = bell): Entry => ({
  kind: 'door',
  door: id,
  service: describeService(to).fingerprint,
});
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

  it('is given back once when nobody gets it: doors that were opened, and doors that were not', () => {
    const incoming = receive([], [door(7), door(8)]);
    incoming.at(1, 'door', bell);
    incoming.discard();
    incoming.discard();
    incoming.handedOn();
    expect(givenBack).toEqual([7]);
    expect(openedDoors).toMatchObject([{ id: 8, disposed: 1 }]);
  });

  it('is a door that its receiver has, and one that the message does not refer to', () => {
    const incoming = receive([], [door(7), door(8)]);
    incoming.at(1, 'door', bell);
    incoming.handedOn();
    incoming.discard();
    expect(givenBack).toEqual([7]);
    expect(openedDoors).toMatchObject([{ id: 8, disposed: 0 }]);
  });

  it('is no door where the contract has none', () => {
    const incoming = receive([], [door(7)]);
    expect(() => incoming.at(0, 'door', undefined)).toThrow(TypeError);
    incoming.discard();
    expect(givenBack).toEqual([7]);
  });

  it('is no door to another service than the contract has', () => {
    const other = defineService('bell', { ring: {}, silence: {} }) as never;
    const incoming = receive([], [door(7, other), door(8)]);
    expect([incoming.isDoorTo(bell, 0), incoming.isDoorTo(bell, 1)]).toEqual([false, true]);
    expect(() => incoming.at(0, 'door', bell)).toThrow('another service');
    incoming.discard();
    expect([openedDoors, givenBack]).toEqual([[], [7, 8]]);
  });
});

describe('what there is no room for', () => {
  /** @param refused slots of blobs that cannot be mapped */
  function refusedBy(refused: readonly number[], take: () => number[], entries: readonly Entry[]) {
    const released: number[] = [];
    const doors: number[] = [];
    const noRoom = () => new RpcError('RESOURCE_EXHAUSTED', 'no room');
    const connection = {
      send(_kind: Kind, _flags: number, _method: number, id: number) {
        doors.push(id);
        return SendResult.accepted;
      },
      queuedMessages: 0,
      descriptors: { take },
      arena: {
        view({ slot }: { slot: number }) {
          if (refused.includes(slot)) throw noRoom();
          return { length: 1, release: () => void released.push(slot) };
        },
      },
    } as unknown as Connection;
    const fds = entries.filter(({ kind }) => kind === 'fd').length;
    const table = { entries, fds, ticket: 1, bodyStart: 0 };
    const returns = new DoorReturns(connection);
    const receiving = () => new Incoming(connection, table, () => undefined, returns);
    expect(receiving).toThrow(expect.objectContaining({ code: 'RESOURCE_EXHAUSTED' }));
    return { released, doors };
  }
  const at = (slot: number): Entry => ({ kind: 'blob', segment: 1, slot, offset: 0, length: 1 });

  it('leaves nothing of its message here: blobs and doors before it and behind it', () => {
    const came = [open(), open()];
    const entries = [at(1), door(7), fd, at(2), fd, at(3), door(8)];
    const { released, doors } = refusedBy([2], () => came, entries);
    expect(released).toEqual([1, 3]);
    expect(doors).toEqual([7, 8]);
    expect(came.filter(isOpen)).toEqual([]);
  });

  it('is its descriptors: then neither blobs nor doors stay', () => {
    const lost = () => {
      throw new RpcError('RESOURCE_EXHAUSTED', 'there was no room for the descriptors');
    };
    const { released, doors } = refusedBy([], lost, [door(7), fd, at(1), at(2)]);
    expect(released).toEqual([1, 2]);
    expect(doors).toEqual([7]);
  });
});
