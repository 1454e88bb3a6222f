import { describe, expect, test } from 'vitest';
import { type Outcome, outcomeOf, World } from './support/world.js';

const MIB = 1024 * 1024;
const RING = 128 * 1024;
/** What the codec adds to the bytes of the largest message at most. */
const FRAME = 16;

/** What the handler `fill` makes. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) bytes[index] = index * 31 + (index >>> 8);
  return bytes;
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

const SIZES = [0, 1, 15, 16, 4_095, 4_096, RING / 2, RING - 1, RING, RING + 1, MIB, 16 * MIB - FRAME];

describe('bytes between processes', () => {
  test.each(['awaited', 'blocking'])('%s: every size from none to the largest, both ways', async (how) => {
    const world = new World();
    await world.serve();
    const client = await world.connect();
    for (const length of SIZES) {
      const bytes = pattern(length);
      const [size, filled, mirrored] =
        how === 'awaited'
          ? [await client.size(bytes), await client.fill(length), await client.mirror(bytes)]
          : [client.size.sync(bytes), client.fill.sync(length), client.mirror.sync(bytes)];
      expect(size).toBe(length);
      expect(same(filled, bytes)).toBe(true);
      expect(same(mirrored as Uint8Array, bytes)).toBe(true);
    }
  });

  test.each(['awaited', 'blocking'])(
    '%s: what is too large is refused on its own side, and hurts no one',
    async (how) => {
      const world = new World();
      await world.serve();
      const client = await world.connect();
      const outcome = (method: 'size' | 'fill', input: never): Promise<Outcome> =>
        outcomeOf(
          how === 'awaited'
            ? (client[method] as (input: never) => Promise<unknown>)(input)
            : new Promise((resolve) => resolve((client[method].sync as (input: never) => unknown)(input))),
        );
      expect(await outcome('size', new Uint8Array(16 * MIB + 1) as never)).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        origin: 'client',
        maybeExecuted: false,
        message: expect.stringMatching(
          /^RESOURCE_EXHAUSTED: the input of work\/size is \d+ bytes long, above the limit of 16777216 \(maxMessageBytes\)$/,
        ),
      });
      expect(await outcome('fill', (16 * MIB + 1) as never)).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        origin: 'server',
        maybeExecuted: true,
        message: expect.stringContaining('16777216'),
      });
      expect(await client.echo('still here')).toBe('still here');
    },
  );

  test('small calls overtake a large one, on the way and on the way back', async () => {
    const world = new World();
    await world.serve();
    const client = await world.connect();
    for (const large of [() => client.size(pattern(15 * MIB)), () => client.fill(15 * MIB)]) {
      const order: string[] = [];
      const calls = [large().then(() => order.push('large'))];
      for (let count = 0; count < 20; count += 1)
        calls.push(client.echo('small').then(() => order.push('small')));
      await Promise.all(calls);
      expect(order.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'small'));
    }
  });
});

const VALUES: Readonly<Record<string, unknown>> = {
  date: new Date('2026-02-03T04:05:06.789Z'),
  bigints: [0n, -1n, 2n ** 63n, -(2n ** 64n), 10n ** 40n],
  map: new Map<unknown, unknown>([
    ['a', 1],
    [2, new Map([['b', new Set([3])]])],
  ]),
  set: new Set(['x', 1, null]),
  bytes: new Uint8Array([0, 128, 255]),
  nested: { list: [[], [{}], [{ deep: { deeper: [undefined, null] } }]] },
  undefined: undefined,
  null: null,
  numbers: [0, 0.1, -1e308, Number.MAX_SAFE_INTEGER, Number.NaN, Number.POSITIVE_INFINITY],
  texts: ['', 'é', '\u{1F600}', '\0', 'x'.repeat(100_000)],
  booleans: [true, false],
};

test('what JSON would lose or change arrives as it was', async () => {
  const world = new World();
  await world.serve();
  const client = await world.connect();
  for (const [name, value] of Object.entries(VALUES)) {
    expect(await client.mirror(value), name).toStrictEqual(value);
    expect(client.mirror.sync(value), name).toStrictEqual(value);
    expect(await client.mirror({ [name]: value })).toStrictEqual({ [name]: value });
  }
});

test('a .sync() call beside which more comes than is kept gives way: what came is delivered, and nothing else ends', async () => {
  const world = new World();
  await world.serve();
  const client = await world.connect();
  const calls = Array.from({ length: 90 }, () => client.fill(MIB));
  const blocking = () => client.hold.sync('never', { timeoutMs: 600_000 });
  expect(blocking).toThrow(
    expect.objectContaining({
      code: 'RESOURCE_EXHAUSTED',
      maybeExecuted: true,
      message: expect.stringContaining('64 MiB'),
    }),
  );
  // While so much waits, none is sent.
  expect(blocking).toThrow(expect.objectContaining({ code: 'RESOURCE_EXHAUSTED', maybeExecuted: false }));
  const expected = pattern(MIB);
  expect((await Promise.all(calls)).every((bytes) => same(bytes, expected))).toBe(true);
  expect(client.echo.sync('on')).toBe('on');
  await client.aborted('never');
});
