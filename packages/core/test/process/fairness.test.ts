import { expect, test } from 'vitest';
import { type Load, World } from './support/world.js';

const TICKS = 100;

test('64 calls in flight leave timers their turn in both processes', async () => {
  const world = new World();
  const server = await world.serve();
  const client = await world.client();
  await server.tell('startTicking');
  await client.tell('startLoad', { concurrency: 64 });
  // IPC is a socket of the same loops: that it is answered at all shows that it gets its turn, too.
  const ticks = async () => [await server.tell<number>('ticks'), (await client.tell<Load>('load')).ticks];
  const before = await ticks();
  let now = before;
  while (now.some((count, index) => count < (before[index] as number) + TICKS)) now = await ticks();
  const { calls, failures, wrong } = await client.tell<Load>('stopLoad');
  expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });
  console.log(`${calls} calls while each side's interval ticked ${TICKS} times`);
  expect(calls).toBeGreaterThan(TICKS);
});
