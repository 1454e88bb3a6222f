import { type AnyService, connectInMemory, defineService, type MethodSpec, stream } from '@doorcall/core';
import { describe, serviceOf } from '@doorcall/core/contract';
import { callbacksOf, codecHashOf, generatedCodecOf } from '@doorcall/core/generated';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { compileService } from '../../src/codec/compile.js';
import { emitCodec } from '../../src/codec/index.js';

type Methods = Readonly<Record<string, MethodSpec>>;

const emit = (service: AnyService) => emitCodec(service, { typed: false, contract: 'c' });

const even = z.int().refine((value) => value % 2 === 0, 'odd');

const room = defineService(
  'room',
  { ask: { input: z.array(even), output: z.array(z.string()) } },
  {
    callbacks: {
      // Named like a method, of another type: its schemas are found among the callbacks.
      ask: { input: stream(even), output: z.object({ sum: z.number() }) },
      name: { input: z.string().regex(/^[a-z]+$/), output: z.string() },
    },
  },
);

test('callbacks go through generated code where both sides have it', async () => {
  const generated = compileService(room);
  expect(describe(generated)).toEqual(describe(room));
  const { callbacks } = serviceOf(generated);
  expect(codecHashOf(callbacks as AnyService)).toBe(codecHashOf(generated));
  expect(generatedCodecOf(callbacks as AnyService)).toBeDefined();

  const heard: unknown[] = [];
  await using client = connectInMemory(
    generated,
    {
      async ask(values, ctx) {
        const { sum } = await ctx.client.ask(values);
        const refused = ctx.client.name('ANN').catch((error) => error.code);
        return [String(sum), await ctx.client.name('ann'), await refused];
      },
    },
    {
      client: {
        callbacks: {
          async ask(values: AsyncIterable<number>) {
            let sum = 0;
            for await (const value of values) sum += value;
            return { sum };
          },
          name(name: string) {
            heard.push(name);
            return name.toUpperCase();
          },
        },
      },
    },
  );
  expect(await client.ask([2, 4])).toEqual(['6', 'ANN', 'INVALID_ARGUMENT']);
  expect(heard).toEqual(['ann']);
});

test('the hash tells what callbacks put on the wire', () => {
  const hash = (callbacks: Methods) => emit(defineService('s', { m: {} }, { callbacks })).hash;
  const base = hash({ c: { input: z.string() } });
  expect(hash({ c: { input: z.string().max(3) } })).toBe(base);
  expect(hash({ c: { input: z.number() } })).not.toBe(base);
  expect(emit(defineService('s', { m: {} })).hash).not.toBe(base);
});

test('what cannot travel in a callback is told as of its service', () => {
  const callbacks = { c: { input: z.object({ done: z.function() }) as never } };
  const { diagnostics } = emit(defineService('s', { m: {} }, { callbacks }));
  expect(diagnostics).toMatchObject([{ service: 's.callbacks', method: 'c', side: 'input', path: 'done' }]);
});

test('code for callbacks that the contract has no more says so', () => {
  const bare = defineService('bare', { m: {} });
  expect(() => callbacksOf(bare)).toThrow('bare has no callbacks: the contract has changed');
});
