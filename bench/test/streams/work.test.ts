import { generatedCodecOf } from '@doorcall/core/generated';
import { describe, expect, it } from 'vitest';
import { contestant as msgpackr } from '../../src/codec/contestants/msgpackr-zod.js';
import {
  assertSame,
  expectedSum,
  fillWords,
  lookAtPages,
  onePlaceOf,
  sumWords,
} from '../../src/streams/bytes.js';
import { chunkAt, chunkCount, chunkReader, makeChunks } from '../../src/streams/chunks.js';
import { streams } from '../../src/streams/contract/streams.gen.js';
import { eventAt, lookAtEvent, OrderEvent, sampleEvents } from '../../src/streams/events.js';
import { callsInFlight, plainWork, readingStream, roundTrips } from '../../src/streams/loops.js';

describe('events', () => {
  it('are valid, and no two are the same', () => {
    expect(sampleEvents.map((event) => OrderEvent.parse(event))).toEqual(sampleEvents);
    expect(new Set(sampleEvents.map((event) => JSON.stringify(event))).size).toBe(sampleEvents.length);
  });

  it('take 100 bytes, or nearly so, in each codec', () => {
    const payload = { summary: '', schema: OrderEvent, variants: sampleEvents, invalid: {} };
    const roundTrip = msgpackr.prepare({ event: payload }).event!;
    const codec = generatedCodecOf(streams)!;
    for (const event of sampleEvents) {
      expect(roundTrip.sizeOf(roundTrip.encode(event))).toBe(100);
      const { start, end } = codec.encodeOutput(streams.event.id, event);
      expect(Math.abs(end - start - 100)).toBeLessThanOrEqual(5);
    }
  });

  it('of nobody are found out', () => {
    for (const event of sampleEvents) lookAtEvent({ ...event });
    expect(() => lookAtEvent({ ...eventAt(3), sku: eventAt(4).sku })).toThrow('nobody sent');
    expect(() => lookAtEvent({ ...eventAt(3), sequence: 1 })).toThrow('nobody sent');
  });
});

describe('large data', () => {
  it('is found out by a look at its pages when any differs', () => {
    const bytes = new Uint8Array(5 * 4_096);
    expect(lookAtPages(bytes)).toBe(0);
    for (let page = 0; page < 5; page++) bytes[page * 4_096] = 1 << page;
    expect(lookAtPages(bytes)).toBe(0b11111);
    expect(onePlaceOf(bytes)).toBe(bytes.length / 2);
  });

  it('has the sum that was written', () => {
    const words = new Float64Array(131_072);
    for (const turn of [0, 1, 1_000_000]) {
      fillWords(words, turn);
      expect(sumWords(words)).toBe(expectedSum(words.length, turn));
    }
    expect(() => assertSame(1, 2)).toThrow('found 1 where 2');
  });

  it('is read in order: a chunk too few, too short or twice is found out', () => {
    const chunks = makeChunks();
    const read = (...indexes: number[]) => {
      const look = chunkReader();
      for (const index of indexes) look(chunkAt(chunks, index));
    };
    expect(() => read(...Array.from({ length: 2 * chunkCount }, (_, i) => i))).not.toThrow();
    expect(() => read(0, 2)).toThrow('chunk 1 is not');
    expect(() => read(0, 0)).toThrow('chunk 1 is not');
    expect(() => chunkReader()(chunks[0]!.subarray(1))).toThrow('chunk 0 is not');
  });
});

describe('the loops', () => {
  it('read a stream until the window is over, and leave it', async () => {
    let left = 0;
    let sent = 0;
    async function* numbers() {
      try {
        for (;;) yield sent++;
      } finally {
        left += 1;
      }
    }
    const seen: number[] = [];
    const { operations, elapsedMs, p50Us } = await readingStream(numbers, (item) => seen.push(item))(5);
    expect(left).toBe(1);
    expect(seen).toEqual(Array.from({ length: operations }, (_, i) => i));
    expect(elapsedMs).toBeGreaterThanOrEqual(5);
    expect(p50Us).toBeUndefined();
  });

  it('take a stream that ends for what it is', async () => {
    async function* three() {
      yield* [1, 2, 3];
    }
    await expect(readingStream(three, () => {})(5)).rejects.toThrow('ended after 3 items');
  });

  it('keep so many calls in flight, and count each answer', async () => {
    let now = 0;
    let most = 0;
    let answers = 0;
    const call = async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
    };
    const { operations, elapsedMs } = await callsInFlight(7, call, () => answers++)(5);
    expect(most).toBe(7);
    expect(now).toBe(0);
    expect(operations).toBe(answers);
    expect(elapsedMs).toBeGreaterThanOrEqual(5);
  });

  it('make one call after the other, numbered', async () => {
    const turns: number[] = [];
    const { operations, elapsedMs, p50Us } = await roundTrips(async (turn) => {
      turns.push(turn);
    })(5);
    expect(turns).toEqual(Array.from({ length: operations }, (_, i) => i));
    expect(elapsedMs).toBeGreaterThanOrEqual(5);
    expect(p50Us).toBeGreaterThanOrEqual(0);
  });

  it('do plain work as often as they say', async () => {
    let done = 0;
    const { operations, elapsedMs } = await plainWork((turn) => {
      expect(turn).toBe(done);
      done += 1;
    })(5);
    expect(operations).toBe(done);
    expect(elapsedMs).toBeGreaterThanOrEqual(5);
  });

  it('fail with the first thing that is not as it was sent', async () => {
    const wrong = () => {
      throw new Error('not what was sent');
    };
    async function* ones() {
      for (;;) yield 1;
    }
    await expect(readingStream(ones, wrong)(5)).rejects.toThrow('not what was sent');
    await expect(callsInFlight(3, async () => 1, wrong)(5)).rejects.toThrow('not what was sent');
    await expect(roundTrips(async () => wrong())(5)).rejects.toThrow('not what was sent');
  });
});
