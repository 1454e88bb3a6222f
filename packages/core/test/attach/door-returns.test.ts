import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DoorReturns, MOST_RETURNS } from '../../src/attach/door-returns.js';
import { type Connection, Kind, SendResult } from '../../src/transport/transport.js';

/** A connection that takes as many records as it has room for. */
class Rig {
  room = Number.POSITIVE_INFINITY;
  queuedMessages = 0;
  open = true;
  readonly failures: string[] = [];
  /** What was sent: doors, and how many times less each is held. */
  readonly sent: [door: number, count: number][] = [];
  readonly returns = new DoorReturns(this as unknown as Connection);

  send(kind: Kind, _flags: number, _method: number, door: number, count: number): SendResult {
    expect(kind).toBe(Kind.doorRelease);
    if (!this.open) return SendResult.closed;
    if (this.sent.length >= this.room) return SendResult.full;
    this.sent.push([door, count]);
    return SendResult.accepted;
  }

  fail(detail: string): void {
    this.failures.push(detail);
  }

  add(...doors: number[]): void {
    for (const door of doors) this.returns.add(door);
  }
}

let rig: Rig;
beforeEach(() => {
  vi.useFakeTimers();
  rig = new Rig();
  return () => vi.useRealTimers();
});

describe('doors are given back', () => {
  test('at once, where nothing stands before them', () => {
    rig.add(1, 2, 1);
    expect(rig.sent).toEqual([
      [1, 1],
      [2, 1],
      [1, 1],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('as fast as the other side takes them, each once for all that held it', () => {
    rig.room = 1;
    rig.add(1, 2, 3, 2, 2);
    expect(rig.sent).toEqual([[1, 1]]);
    expect(vi.getTimerCount()).toBe(1);
    rig.room = 2;
    vi.runOnlyPendingTimers();
    expect(rig.sent.at(-1)).toEqual([2, 3]);
    rig.add(2);
    rig.room = 10;
    vi.runOnlyPendingTimers();
    expect(rig.sent.slice(2)).toEqual([
      [3, 1],
      [2, 1],
    ]);
    expect(vi.getTimerCount()).toBe(0);
    rig.add(4);
    expect(rig.sent.at(-1)).toEqual([4, 1]);
  });

  test('behind messages that wait for space', () => {
    rig.queuedMessages = 1;
    rig.add(1);
    vi.runOnlyPendingTimers();
    expect(rig.sent).toEqual([]);
    rig.queuedMessages = 0;
    vi.runOnlyPendingTimers();
    expect(rig.sent).toEqual([[1, 1]]);
  });

  test('behind their own calls that wait, and no others', () => {
    let waiting = 1;
    rig.returns.waiting = () => new Set([waiting]);
    rig.add(1, 2);
    vi.runOnlyPendingTimers();
    expect(rig.sent).toEqual([[2, 1]]);
    waiting = 0;
    vi.runOnlyPendingTimers();
    expect(rig.sent).toEqual([
      [2, 1],
      [1, 1],
    ]);
  });

  test('that were never opened before the calls of others that wait', () => {
    rig.queuedMessages = 1;
    rig.returns.addUnopened(1);
    expect(rig.sent).toEqual([[1, 1]]);
    expect(vi.getTimerCount()).toBe(0);
    rig.room = 1;
    rig.returns.addUnopened(2);
    rig.returns.addUnopened(2);
    expect(vi.getTimerCount()).toBe(1);
    rig.queuedMessages = 0;
    rig.room = 9;
    vi.runOnlyPendingTimers();
    expect(rig.sent).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('to nobody once the connection is gone', () => {
    rig.room = 0;
    rig.add(1);
    rig.returns.close();
    expect(vi.getTimerCount()).toBe(0);
    rig.room = 1;
    rig.add(2);
    expect(rig.sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('up to a bound: a side that sends new ones and takes none back ends its connection', () => {
    rig.room = 0;
    for (let door = 1; door <= MOST_RETURNS; door++) rig.add(door);
    // Those that wait anyway are no more for being held several times.
    rig.add(1, 2, 3);
    expect(rig.failures).toEqual([]);
    rig.add(MOST_RETURNS + 1);
    expect(rig.failures).toEqual(['takes back none of its doors']);
  });
});
