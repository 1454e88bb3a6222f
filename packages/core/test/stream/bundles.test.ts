import { expect, onTestFinished, test, vi } from 'vitest';
import { forEachInBundle } from '../../src/stream/bundle.js';
import { type ItemSource, type OutgoingOwner, OutgoingStream, sourceOf } from '../../src/stream/outgoing.js';
import { Turns } from '../../src/stream/turns.js';
import { Flag, SendResult } from '../../src/transport/transport.js';
import { gate, until } from '../behaviour/waiting.js';

const KIB = 1_024;
/** Of an item that says its number. */
const SIZE = 100;
const WINDOW = { bytes: 1_024 * KIB, items: 60_000 };

/** Keeps the payloads that a stream sends, and checks that its items come once and in order. */
class Records implements OutgoingOwner {
  readonly sizes: number[] = [];
  items = 0;
  ended = false;

  constructor(items: AsyncIterable<number> | Iterable<number>, maxPieceBytes: number = WINDOW.bytes) {
    new OutgoingStream(this, sourceOf(items) as ItemSource, new Turns(), maxPieceBytes, WINDOW).start();
  }

  encode(index: number) {
    const bytes = new Uint8Array(SIZE);
    new DataView(bytes.buffer).setUint32(0, index);
    return { bytes, start: 0, end: SIZE };
  }

  send(flags: number, items: number, bytes: Uint8Array, start: number, end: number): SendResult {
    this.sizes.push(end - start);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const take = (at: number, to: number) => {
      expect([to - at, view.getUint32(at)]).toEqual([SIZE, this.items]);
      this.items += 1;
    };
    if (flags === 0) take(start, end);
    else {
      expect(flags).toBe(Flag.several);
      expect(forEachInBundle(bytes, start, end, take)).toBe(items);
    }
    return SendResult.accepted;
  }

  pull(source: ItemSource) {
    return source.next();
  }

  unattachable(): void {}
  dropped(): void {}
  sourceThrew(thrown: unknown): void {
    throw thrown;
  }
  closeFailed(): void {}

  sourceEnded(): void {
    this.ended = true;
  }
}

function* numbers(count: number) {
  for (let i = 0; i < count; i += 1) yield i;
}

/** A clock that goes on by so much with every item. */
function clockPerItem(ms: number) {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  return function* (count: number) {
    for (const i of numbers(count)) {
      now += ms;
      yield i;
    }
  };
}

const whole = (bytes: number) => Math.floor(bytes / (SIZE + 4)) * (SIZE + 4);

test('a source that always has more fills records of 4, 8 and then 16 KiB', async () => {
  const records = new Records(clockPerItem(0.001)(2_000));
  await until(() => records.ended);
  expect(records.items).toBe(2_000);
  expect(records.sizes.slice(0, 4)).toEqual([4, 8, 16, 16].map((kib) => whole(kib * KIB)));
  expect(Math.max(...records.sizes)).toBe(whole(16 * KIB));
});

test('a source that takes long for its items fills small records, so that its reader need not wait for large ones', async () => {
  const records = new Records(clockPerItem(0.1)(500));
  await until(() => records.ended);
  expect(records.items).toBe(500);
  expect(Math.max(...records.sizes)).toBe(whole(4 * KIB));
});

test('what a source gave before it paused goes out then, and the next records are small again', async () => {
  const more = gate();
  const source = clockPerItem(0.001);
  async function* inTwoGoes() {
    yield* source(1_000);
    await more.opened;
    yield* source(1_000);
  }
  const records = new Records(inTwoGoes());
  await until(() => records.items === 1_000);
  const before = records.sizes.length;
  expect(Math.max(...records.sizes)).toBeGreaterThan(8 * KIB);
  more.open();
  await until(() => records.ended);
  expect(records.items).toBe(2_000);
  expect(records.sizes[before]).toBeLessThanOrEqual(4 * KIB);
});

test('no record is larger than the transport takes', async () => {
  const records = new Records(numbers(500), 1_000);
  await until(() => records.ended);
  expect(records.items).toBe(500);
  expect(Math.max(...records.sizes)).toBeLessThanOrEqual(1_000);
});
