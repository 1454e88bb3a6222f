import { describe, expect, test } from 'vitest';
import type { Encoded } from '../../src/codec/codec.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { type IncomingOwner, IncomingStream } from '../../src/stream/incoming.js';
import { type OutgoingOwner, OutgoingStream, sourceOf } from '../../src/stream/outgoing.js';
import { Turns } from '../../src/stream/turns.js';
import { Flag, SendResult } from '../../src/transport/transport.js';
import { turn } from '../behaviour/waiting.js';

const WINDOW = { bytes: 100, items: 4 };

/** What a stream that is read tells its call; items are their first bytes. */
class Reading implements IncomingOwner {
  readonly given: [bytes: number, items: number][] = [];
  leavings = 0;
  readonly flags: number[] = [];
  readonly stream = new IncomingStream(this, WINDOW, 1_000);

  decode(_index: number, flags: number, bytes: Uint8Array, start: number): unknown {
    this.flags.push(flags);
    return bytes[start];
  }

  fdsIn(): number {
    return 0;
  }

  takeHeld(): undefined {}

  drop(): void {}

  giveBack(bytes: number, items: number): void {
    this.given.push([bytes, items]);
  }

  left(): void {
    this.leavings += 1;
  }

  receive(value: number, length = 1, flags = 0): string | undefined {
    return this.stream.receive(flags, 0, new Uint8Array(length).fill(value), 0, length);
  }
}

const DONE = { done: true, value: undefined };
const lost = new RpcError('UNAVAILABLE', 'lost');
const left = new RpcError('CANCELLED', 'left');

describe('the receiving end', () => {
  test('whoever waits when the reader leaves is told that it is over', async () => {
    const { stream } = new Reading();
    const waiting = [stream.next(), stream.next()];
    await stream.reader.return();
    expect(await Promise.all(waiting)).toEqual([DONE, DONE]);
  });

  test('leaving after the end is no news, and leaving twice neither', async () => {
    const ended = new Reading();
    ended.receive(1);
    ended.stream.end();
    await ended.stream.reader.return();
    expect(ended.leavings).toBe(0);
    const open = new Reading();
    await open.stream.reader.return();
    await open.stream.reader.return();
    expect(open.leavings).toBe(1);
  });

  test('what is read after the end needs no credit any more', async () => {
    const reading = new Reading();
    for (let i = 0; i < 4; i += 1) reading.receive(i);
    reading.stream.end();
    for (let i = 0; i < 4; i += 1) expect(await reading.stream.next()).toEqual({ done: false, value: i });
    expect(await reading.stream.next()).toEqual(DONE);
    expect(reading.given).toEqual([]);
  });

  test('the first end counts; what the caller does itself takes the place of an error that was not told', async () => {
    const first = new Reading();
    first.stream.fail(lost);
    first.stream.end();
    await expect(first.stream.next()).rejects.toBe(lost);
    const replaced = new Reading();
    replaced.receive(1);
    replaced.stream.fail(lost);
    replaced.stream.abort(left);
    await expect(replaced.stream.next()).rejects.toBe(left);
    expect(await replaced.stream.next()).toEqual(DONE);
    const ended = new Reading();
    ended.receive(1);
    ended.stream.end();
    ended.stream.abort(left);
    // Its reader would take what it has read for all of it.
    await expect(ended.stream.next()).rejects.toBe(left);
    expect(await ended.stream.next()).toEqual(DONE);
    const read = new Reading();
    read.receive(1);
    await read.stream.next();
    read.stream.end();
    read.stream.abort(left);
    expect(await read.stream.next()).toEqual(DONE);
  });

  test('the first piece of an item says what it is', () => {
    const reading = new Reading();
    reading.receive(1, 5, Flag.more | Flag.attachments);
    reading.receive(1, 5, Flag.more);
    reading.receive(1, 5);
    reading.receive(2, 5, Flag.more);
    reading.receive(2, 5);
    expect(reading.flags).toEqual([Flag.attachments | Flag.more, Flag.more]);
  });

  test('an item above the window is credited piece by piece, but not behind one that nobody has read', async () => {
    const reading = new Reading();
    for (let i = 0; i < 4; i += 1) expect(reading.receive(7, 50, Flag.more)).toBe(undefined);
    expect(reading.given).toEqual([
      [50, 0],
      [50, 0],
      [50, 0],
      [50, 0],
    ]);
    reading.receive(7, 10);
    reading.given.length = 0;
    // The next one has what is left of the window, until the first is read.
    expect(reading.receive(8, 90, Flag.more)).toBe(undefined);
    expect(reading.given).toEqual([]);
    expect((await reading.stream.next()).value).toBe(7);
    expect(reading.given).toEqual([[100, 1]]);
    expect(reading.receive(8, 90, Flag.more)).toBe(undefined);
    expect(reading.receive(8, 20)).toBe(undefined);
    expect((await reading.stream.next()).value).toBe(8);
    const stopped = new Reading();
    stopped.receive(1, 50);
    expect(stopped.receive(2, 50, Flag.more)).toBe(undefined);
    expect(stopped.receive(2, 1, Flag.more)).toMatch(/credit/);
  });
});

/** What a stream that is sent tells its call; items are numbers of bytes. */
class Writing implements OutgoingOwner {
  readonly sent: [flags: number, items: number, length: number][] = [];
  readonly thrown: unknown[] = [];
  readonly unsent: unknown[] = [];
  readonly failedToClose: unknown[] = [];
  ended = 0;
  attempts = 0;
  result: SendResult = SendResult.accepted;

  encode(_index: number, item: unknown): Encoded {
    if (item === 'bad') throw new Error('unreadable');
    return { bytes: new Uint8Array(item as number), start: 0, end: item as number };
  }

  send(flags: number, items: number, _bytes: Uint8Array, start: number, end: number): SendResult {
    this.attempts += 1;
    if (this.result === SendResult.accepted) this.sent.push([flags, items, end - start]);
    return this.result;
  }

  pull(source: { next(): unknown }): IteratorResult<unknown> {
    return source.next() as IteratorResult<unknown>;
  }

  unattachable(index: number, thrown: unknown): void {
    this.thrown.push([index, thrown]);
  }

  dropped(item: unknown): void {
    this.unsent.push(item);
  }

  closeFailed(thrown: unknown): void {
    this.failedToClose.push(thrown);
  }

  sourceEnded(): void {
    this.ended += 1;
  }

  sourceThrew(thrown: unknown): void {
    this.thrown.push(thrown);
  }
}

function writer(items: Iterable<unknown>, turns = new Turns(), window = WINDOW) {
  const owner = new Writing();
  let closed = 0;
  function* source() {
    try {
      yield* items;
    } finally {
      closed += 1;
    }
  }
  const iterator = sourceOf(source()) as NonNullable<ReturnType<typeof sourceOf>>;
  const stream = new OutgoingStream(owner, iterator, turns, 1_000, window);
  return { owner, stream, turns, closed: () => closed };
}

describe('the sending end', () => {
  test('pieces are half a window at most, and wait for credit', () => {
    const { owner, stream } = writer([120, 3]);
    stream.start();
    expect(owner.sent).toEqual([
      [Flag.more, 0, 50],
      [Flag.more, 0, 50],
    ]);
    expect(stream.grant(50, 0)).toBe(true);
    expect(owner.sent.slice(2)).toEqual([
      [0, 0, 20],
      [0, 0, 3],
    ]);
    expect(owner.ended).toBe(1);
    // All is sent: 27 of 100 bytes and 2 of 4 items are left.
    expect(stream.grant(73, 2)).toBe(true);
    expect(stream.grant(1, 0)).toBe(false);
  });

  test('an item that cannot be read ends the stream and closes its source', () => {
    const { owner, stream, closed } = writer([1, 'bad', 2]);
    stream.start();
    expect(owner.sent).toEqual([[0, 0, 1]]);
    expect(owner.thrown).toMatchObject([{ message: 'unreadable' }]);
    expect([closed(), owner.ended]).toEqual([1, 0]);
    stream.grant(1, 1);
    expect(owner.sent).toHaveLength(1);
  });

  test('nobody to send to: the source is closed, and nothing is asked again', () => {
    const { owner, stream, closed } = writer([60, 60]);
    owner.result = SendResult.closed;
    stream.start();
    expect(closed()).toBe(1);
    owner.result = SendResult.accepted;
    expect(stream.resume()).toBe(true);
    expect([owner.sent, owner.ended, owner.thrown]).toEqual([[], 0, []]);
  });

  test('a source that fails while it is closed fails nobody', async () => {
    const failing = {
      next: () => ({ done: false, value: 1 }),
      return: () => Promise.reject(new Error('while closing')),
    };
    const owner = new Writing();
    const stream = new OutgoingStream(owner, failing, new Turns(), 1_000, WINDOW);
    stream.start();
    stream.stop();
    stream.stop();
    await turn();
    expect(owner.thrown).toEqual([]);
    // Its call is told, and once.
    expect(owner.failedToClose.map(String)).toEqual(['Error: while closing']);
  });

  test('what comes of a source after the stop is not sent, and its call is told', async () => {
    const owner = new Writing();
    let reject = (_error: Error) => {};
    let resolve = (_result: IteratorResult<number>) => {};
    const late = (which: 'resolve' | 'reject') => {
      const source = {
        next: () =>
          new Promise<IteratorResult<number>>((yes, no) => {
            resolve = yes;
            reject = no;
          }),
      };
      const stream = new OutgoingStream(owner, source, new Turns(), 1_000, WINDOW);
      stream.start();
      stream.stop();
      if (which === 'resolve') resolve({ done: false, value: 1 });
      else reject(new Error('late'));
    };
    late('resolve');
    late('reject');
    await turn();
    expect([owner.sent, owner.unsent, owner.thrown, owner.ended]).toEqual([[], [1], [], 0]);
  });

  test('those that were refused go on in turns; one that was stopped has none', () => {
    const turns = new Turns();
    const writers = [1, 2, 3].map((length) => writer([length, length], turns));
    for (const { owner, stream } of writers) {
      owner.result = SendResult.full;
      stream.start();
    }
    writers[1]?.stream.stop();
    const [first, stopped, third] = writers.map(({ owner }) => owner) as [Writing, Writing, Writing];
    // The first is refused again: it goes to the end, and nobody else is asked in vain.
    const before = [first.attempts, third.attempts] as const;
    turns.go();
    expect([first.sent, third.sent]).toEqual([[], []]);
    expect([first.attempts, third.attempts]).toEqual([before[0] + 1, before[1]]);
    first.result = third.result = SendResult.accepted;
    turns.go();
    expect(third.sent).toEqual([[Flag.several, 2, 14]]);
    expect(first.sent).toEqual([[Flag.several, 2, 10]]);
    expect([stopped.sent, first.ended, third.ended]).toEqual([[], 1, 1]);
  });

  test('without credit in bytes nothing is asked for', () => {
    let asked = 0;
    function* counted() {
      for (;;) {
        asked += 1;
        yield 50;
      }
    }
    const { stream } = writer(counted());
    stream.start();
    expect(asked).toBe(2);
    stream.grant(50, 1);
    expect(asked).toBe(3);
  });
});
