import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { MemoryTransport } from '../../src/transport/memory/index.js';
import { blob } from '../../src/zod.js';
import { World } from '../behaviour/bed.js';
import { FaultDialer } from '../behaviour/fault-dialer.js';
import { failureOf, until } from '../behaviour/waiting.js';

const pictures = defineService('pictures', {
  picture: { output: blob() },
  count: { output: z.number() },
});

test.each([
  ['RESOURCE_EXHAUSTED', 1],
  ['INTERNAL', 2],
] as const)('a late answer with a blob that cannot be opened: %s', async (code, dials) => {
  const transport = new MemoryTransport();
  const world = new World({
    acceptor: (options) => transport.acceptor(options),
    dialer: (options) => transport.dialer(options),
    dispose: async () => {},
  });
  onTestFinished(() => world.dispose());
  const leaving = new AbortController();
  await world.serve(pictures, {
    picture() {
      // The answer is on its way before the server hears of it.
      leaving.abort();
      return new Uint8Array(5_000);
    },
    count: () => 7,
  });
  const faults = new FaultDialer(transport.dialer());
  const client = world.connect(pictures, { dialer: faults });
  await client.ready();
  faults.latest.arena.view = () => {
    throw new RpcError(code, 'no mapping');
  };
  expect(await failureOf(client.picture(undefined, { signal: leaving.signal }))).toMatchObject({
    code: 'CANCELLED',
  });
  await until(() => statsOf(client).lateAnswers === 1);
  expect(await client.count()).toBe(7);
  expect(faults.dials).toBe(dials);
});
