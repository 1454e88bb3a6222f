import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connectInMemory, createDoor, defineService, stream } from '../../src/index.js';
import { door } from '../../src/zod.js';
import { gate, turn } from '../behaviour/waiting.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const bell = defineService('bell', { ring: { output: z.string() } });
const hall = defineService('hall', { open: { output: door(bell) } });

/** Finalizers run in turns of the loop of their own. */
async function collect(): Promise<void> {
  gc();
  await turn();
}

function open(ring: () => string | Promise<string>) {
  const seen = { gone: 0 };
  const onUnreferenced = () => {
    seen.gone += 1;
  };
  const client = connectInMemory(hall, { open: () => createDoor(bell, { ring }, { onUnreferenced }) });
  onTestFinished(() => client.close());
  return { client, seen };
}

test('doors that nobody refers to any more are given back', async () => {
  const { client, seen } = open(() => 'ding');
  for (let i = 0; i < 5; i += 1) {
    const forgotten = await client.open();
    expect(await forgotten.ring()).toBe('ding');
  }
  for (let tries = 0; seen.gone < 4 && tries < 50; tries += 1) await collect();
  // What a frame of this function still refers to may stay.
  expect(seen.gone).toBeGreaterThanOrEqual(4);
});

test('a door is held by a stream of it that runs, and by nothing else of it', async () => {
  const strokes = defineService('strokes', { all: { output: stream(z.int()) } });
  const tower = defineService('tower', { open: { output: door(strokes) } });
  let gone = 0;
  const rung = gate();
  async function* all() {
    yield 1;
    await rung.opened;
    yield 2;
  }
  const onUnreferenced = () => {
    gone += 1;
  };
  const client = connectInMemory(tower, { open: () => createDoor(strokes, { all }, { onUnreferenced }) });
  onTestFinished(() => client.close());
  const read: number[] = [];
  const reading = (async () => {
    for await (const stroke of (await client.open()).all()) read.push(stroke);
  })();
  while (read.length === 0) await turn();
  for (let tries = 0; tries < 10; tries += 1) await collect();
  expect(gone).toBe(0);
  rung.open();
  await reading;
  expect(read).toEqual([1, 2]);
  for (let tries = 0; gone === 0 && tries < 50; tries += 1) await collect();
  expect(gone).toBe(1);
});

test('a door is held by its methods, and by a call that is under way', async () => {
  const rung = gate<string>();
  const { client, seen } = open(() => rung.opened);
  const { ring } = await client.open();
  const call = (await client.open()).ring();
  for (let tries = 0; tries < 10; tries += 1) await collect();
  expect(seen.gone).toBe(0);
  rung.open('ding');
  expect(await Promise.all([call, ring()])).toEqual(['ding', 'ding']);
});
