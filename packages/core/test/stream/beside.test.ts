import { describe, expect, test } from 'vitest';
import { type IncomingOwner, IncomingStream } from '../../src/stream/incoming.js';
import {
  type OutgoingItem,
  type OutgoingOwner,
  OutgoingStream,
  sourceOf,
} from '../../src/stream/outgoing.js';
import { Turns } from '../../src/stream/turns.js';
import { Flag, SendResult } from '../../src/transport/transport.js';

const WINDOW = { bytes: 200, items: 8 };
const TABLE = 40;

/** An item with so many descriptors beside it; undefined has nothing beside it. */
type Item = number | undefined;

/** Tells what happens to items and to what is beside them. */
class Writing implements OutgoingOwner {
  readonly told: string[] = [];
  result: SendResult = SendResult.accepted;
  /** Of an item, without its table. */
  size = 10;
  /** What happens to what is beside an item. */
  room: 'now' | 'later' | 'never' = 'now';
  readonly stream: OutgoingStream;

  constructor(items: readonly Item[], turns = new Turns()) {
    this.stream = new OutgoingStream(this, sourceOf(items) as never, turns, 1_000, WINDOW);
  }

  start(): this {
    this.stream.start();
    return this;
  }

  closeFailed(): void {}

  encode(index: number, fds: unknown): OutgoingItem {
    const { size } = this;
    const body = { bytes: new Uint8Array(size).fill(index), start: 0, end: size };
    if (fds === undefined) return body;
    const beside = {
      tableBytes: TABLE,
      fds: fds as number,
      attach: (given: { bytes: Uint8Array; start: number; end: number }) => {
        if (this.room === 'later') return undefined;
        if (this.room === 'never') throw new Error('bad');
        this.told.push(`attach ${index}`);
        expect([...given.bytes.subarray(given.start, given.end)]).toEqual(Array(size).fill(index));
        const bytes = new Uint8Array(TABLE + size).fill(index, TABLE);
        return {
          body: { bytes, start: 0, end: TABLE + size },
          sent: () => this.told.push(`sent ${index}`),
          undo: () => this.told.push(`undo ${index}`),
        };
      },
      drop: () => this.told.push(`drop ${index}`),
    };
    return { ...body, beside };
  }

  send(flags: number, _items: number, bytes: Uint8Array, start: number, end: number): SendResult {
    if (this.result === SendResult.accepted) this.told.push(`${flags}: ${end - start} of ${bytes[end - 1]}`);
    return this.result;
  }

  pull(source: { next(): unknown }): IteratorResult<unknown> {
    return source.next() as IteratorResult<unknown>;
  }

  unattachable(index: number, thrown: unknown): void {
    this.told.push(`unattachable ${index}: ${(thrown as Error).message}`);
  }

  dropped(): void {}

  sourceEnded(): void {
    this.told.push('ended');
  }

  sourceThrew(): void {}
}

const WITH = Flag.attachments;
const item = (index: number) => [`attach ${index}`, `${WITH}: 50 of ${index}`, `sent ${index}`];

describe('items with something beside them', () => {
  test('cost as many items as they have descriptors, half a window at most; nothing leaves before it may', () => {
    const writing = new Writing([3, 3, 100, 0]).start();
    expect(writing.told).toEqual([...item(0), ...item(1)]);
    writing.told.length = 0;
    expect(writing.stream.grant(0, 1)).toBe(true);
    expect(writing.told).toEqual([]);
    writing.stream.grant(0, 1);
    expect(writing.told).toEqual([...item(2)]);
    writing.told.length = 0;
    writing.stream.grant(0, 1);
    expect(writing.told).toEqual(item(3));
    // Used: 3 + 3 + 4 + 1, of which 3 are given back.
    expect(writing.stream.grant(200, 8)).toBe(true);
    expect(writing.told.at(-1)).toBe('ended');
    expect(writing.stream.grant(0, 1)).toBe(false);
  });

  test('wait for credit in bytes with nothing sent ahead', () => {
    const writing = new Writing([0, 0, 0, 0, 0]).start();
    expect(writing.told).toEqual([...item(0), ...item(1), ...item(2), ...item(3)]);
    writing.stream.grant(49, 0);
    expect(writing.told).toHaveLength(12);
    writing.stream.grant(1, 0);
    expect(writing.told).toEqual([...item(0), ...item(1), ...item(2), ...item(3), ...item(4)]);
  });

  test('that find no room take turns when there is, and do not stand before others', () => {
    const turns = new Turns();
    const [without, beside] = [new Writing([undefined], turns), new Writing([1], turns)];
    beside.room = 'later';
    without.result = SendResult.full;
    beside.stream.start();
    without.stream.start();
    turns.go();
    expect([beside.told, without.told]).toEqual([[], []]);
    without.result = SendResult.accepted;
    // What is beside the first still finds none, but the second goes on.
    turns.go();
    expect([beside.told, without.told]).toEqual([[], ['0: 10 of 0', 'ended']]);
    beside.room = 'now';
    turns.go();
    expect(beside.told).toEqual([...item(0), 'ended']);
  });

  test('that cannot be sent end the stream behind those before', () => {
    const writing = new Writing([undefined, 1, 1]);
    writing.room = 'never';
    writing.stream.start();
    expect(writing.told).toEqual(['0: 10 of 0', 'drop 1', 'unattachable 1: bad']);
  });

  test('that are not sent are given up, once', () => {
    const waits = new Writing([1]);
    waits.room = 'later';
    waits.stream.start();
    waits.stream.stop();
    expect(waits.told).toEqual(['drop 0']);
    const refused = new Writing([1]);
    refused.result = SendResult.full;
    refused.stream.start();
    expect(refused.told).toEqual(['attach 0']);
    refused.stream.stop();
    expect(refused.told).toEqual(['attach 0', 'undo 0']);
    const closed = new Writing([1]);
    closed.result = SendResult.closed;
    closed.stream.start();
    expect(closed.told).toEqual(['attach 0', 'undo 0']);
  });
});

describe('items in pieces', () => {
  const begun = ['attach 0', `${WITH | Flag.more}: 100 of 0`, `${Flag.more}: 100 of 0`];
  const inPieces = () => {
    const writing = new Writing([1]);
    writing.size = 260;
    return writing.start();
  };

  test('have sent what is beside them with the last', () => {
    const writing = inPieces();
    expect(writing.told).toEqual(begun);
    writing.stream.grant(200, 0);
    expect(writing.told).toEqual([...begun, '0: 100 of 0', 'sent 0', 'ended']);
  });

  test('take it back when they are cut off', () => {
    const writing = inPieces();
    writing.stream.stop();
    expect(writing.told).toEqual([...begun, 'undo 0']);
  });
});

/** Items say by their first byte how many descriptors they have. */
class Reading implements IncomingOwner {
  readonly given: [bytes: number, items: number][] = [];
  readonly stream = new IncomingStream(this, WINDOW, 1_000);

  decode(_index: number, _flags: number, bytes: Uint8Array, start: number): unknown {
    return bytes[start];
  }

  fdsIn(bytes: Uint8Array, start: number): number {
    return bytes[start] as number;
  }

  takeHeld(): undefined {}

  /** Items that nobody reads, as they are taken apart for what came beside them. */
  readonly droppedItems: number[][] = [];

  drop(flags: number, bytes: Uint8Array, start: number, end: number): void {
    expect(flags & WITH).toBe(WITH);
    this.droppedItems.push([...bytes.subarray(start, end)]);
  }

  giveBack(bytes: number, items: number): void {
    this.given.push([bytes, items]);
  }

  left(): void {}

  receive(fds: number, flags: number = WITH): string | undefined {
    return this.stream.receive(flags, 0, Uint8Array.of(fds), 0, 1);
  }
}

describe('items with something beside them, received', () => {
  test('use as much credit as they cost, and give it back when they are read', async () => {
    const reading = new Reading();
    expect(reading.receive(3)).toBe(undefined);
    expect(reading.receive(100)).toBe(undefined);
    expect(reading.receive(1)).toBe(undefined);
    expect((await reading.stream.next()).value).toBe(3);
    expect(reading.given).toEqual([]);
    expect((await reading.stream.next()).value).toBe(100);
    expect(reading.given).toEqual([[2, 7]]);
    expect(reading.receive(100)).toBe(undefined);
    expect(reading.receive(4)).toMatch(/more of a stream than it has credit for/);
  });

  test('in pieces cost as much, and so do those that nobody reads', async () => {
    const reading = new Reading();
    expect(reading.receive(4, WITH | Flag.more)).toBe(undefined);
    expect(reading.receive(0, 0)).toBe(undefined);
    expect(reading.receive(4)).toBe(undefined);
    expect(reading.receive(1)).toMatch(/credit/);
    const left = new Reading();
    left.stream.leave();
    expect(left.receive(4)).toBe(undefined);
    expect(left.receive(4)).toBe(undefined);
    expect(left.receive(1)).toMatch(/credit/);
  });

  test('that were begun before the reader left are whole for what came beside them', () => {
    const reading = new Reading();
    reading.receive(1, WITH | Flag.more);
    reading.stream.leave();
    reading.receive(2, Flag.more);
    reading.receive(3, 0);
    expect(reading.droppedItems).toEqual([[1, 2, 3]]);
  });

  test('are not taken for those that nobody looks at any more', () => {
    const reading = new Reading();
    reading.receive(9, Flag.more);
    reading.stream.leave();
    reading.receive(9, 0);
    reading.receive(1, WITH | Flag.more);
    reading.receive(2, 0);
    reading.receive(9, Flag.more);
    reading.receive(9, 0);
    expect(reading.droppedItems).toEqual([[1, 2]]);
  });
});
