import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { blobs, echo, values } from './services.js';
import { failureOf } from './waiting.js';

const MIB = 1024 * 1024;

function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 31 + (i >>> 8)) & 0xff;
  return bytes;
}

export function describeValues(world: () => World): void {
  describe('values', () => {
    test('strings, nothing, and calls side by side', async () => {
      await world().serve(echo, { say: (text) => text.toUpperCase(), nothing: () => {}, note: () => {} });
      const client = world().connect(echo);
      expect(await client.say('hello')).toBe('HELLO');
      expect(await client.nothing()).toBe(undefined);
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => client.say(`call ${i}`)));
      expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => `CALL ${i}`));
    });

    test('what JSON would lose arrives as it was', async () => {
      await world().serve(values, { mirror: (input) => input });
      const client = world().connect(values);
      const input = {
        date: new Date('2026-02-03T04:05:06.789Z'),
        big: 2n ** 100n,
        map: new Map([['a', 1]]),
        set: new Set(['x', 'y']),
        bytes: new Uint8Array([0, 1, 255]),
        missing: undefined,
        nested: {
          list: [
            { name: 'é', tags: [] },
            { name: '', tags: ['t'] },
          ],
        },
        nothing: null,
        real: -0.1,
      };
      const output = (await client.mirror(input)) as typeof input;
      expect(output).toEqual(input);
      expect(output.date).toBeInstanceOf(Date);
      expect(output.bytes.constructor).toBe(Uint8Array);
      expect(output.map).toBeInstanceOf(Map);
      expect(output.set).toBeInstanceOf(Set);
    });

    test('the server parses input and output once, and nobody else does', async () => {
      const runs: string[] = [];
      const service = defineService('transforms', {
        double: {
          input: z.string().transform((text) => {
            runs.push('input');
            return Number(text);
          }),
          output: z.number().transform((n) => {
            runs.push('output');
            return `<${n}>`;
          }),
        },
      });
      await world().serve(service, { double: (n) => n * 2 });
      expect(await world().connect(service).double('21')).toBe('<42>');
      expect(runs).toEqual(['input', 'output']);
    });

    test('a handler that is a method of a class keeps its this', async () => {
      class Counter {
        #count = 0;
        say(text: string) {
          this.#count += 1;
          return `${text} ${this.#count}`;
        }
        nothing() {}
        note() {}
      }
      await world().serve(echo, new Counter());
      expect(await world().connect(echo).say('n')).toBe('n 1');
    });
  });

  describe('sizes', () => {
    const handlers = {
      upload: (bytes: Uint8Array) => bytes.length,
      download: (length: number) => pattern(length),
      reverse: (bytes: Uint8Array<ArrayBuffer>) => bytes.slice().reverse(),
    };

    test.each([0, 1, 4095, 4096, 65_535, 131_072, 131_073, MIB])(
      '%i bytes there and back',
      async (length) => {
        await world().serve(blobs, handlers);
        const client = world().connect(blobs);
        const sent = pattern(length);
        const back = await client.reverse(sent);
        expect(Buffer.compare(back, Buffer.from(sent).reverse())).toBe(0);
      },
    );

    test('up to 16 MiB in both directions by default, and one byte more is refused before it is sent', async () => {
      await world().serve(blobs, handlers);
      const client = world().connect(blobs);
      // The codec adds a few bytes; find what fits exactly.
      const limit = 16 * MIB;
      expect(await client.upload(pattern(limit - 16))).toBe(limit - 16);
      expect(Buffer.compare(await client.download(limit - 16), pattern(limit - 16))).toBe(0);

      const upload = await failureOf(client.upload(new Uint8Array(limit + 1)));
      expect(upload).toMatchObject({ code: 'RESOURCE_EXHAUSTED', origin: 'client', maybeExecuted: false });
      expect(upload.message).toContain(`${limit}`);
      const download = await failureOf(client.download(limit + 1));
      expect(download).toMatchObject({ code: 'RESOURCE_EXHAUSTED', origin: 'server', maybeExecuted: true });
      // The connection has taken no harm.
      expect(await client.upload(pattern(3))).toBe(3);
    });

    test('the smaller limit of both sides counts', async () => {
      await world().serve(blobs, handlers, { maxMessageBytes: 10_000 });
      const client = world().connect(blobs, { maxMessageBytes: 5_000 });
      await client.ready();
      expect(await failureOf(client.upload(new Uint8Array(5_001)))).toMatchObject({ origin: 'client' });
      expect(await failureOf(client.download(5_001))).toMatchObject({ origin: 'server' });
      expect(await client.upload(new Uint8Array(4_000))).toBe(4_000);
    });

    test('a peer that has no room for errors is not let in, and does no harm', async () => {
      await world().serve(blobs, handlers);
      await expect(RawClient.connect(world().bed.dialer(), blobs, undefined, 8)).rejects.toThrow();
      expect(await world().connect(blobs).upload(pattern(3))).toBe(3);
    });

    test('an error with a message above the limit keeps its code', async () => {
      const download = () => {
        throw new RpcError('NOT_FOUND', '\u0001'.repeat(10_000));
      };
      await world().serve(blobs, { ...handlers, download });
      const error = await failureOf(world().connect(blobs, { maxMessageBytes: 1024 }).download(1));
      expect(error).toMatchObject({ code: 'NOT_FOUND', origin: 'server' });
    });

    test('small calls behind a big one are not blocked by it', async () => {
      const order: string[] = [];
      await world().serve(blobs, handlers);
      const client = world().connect(blobs);
      await client.ready();
      const big = client.upload(pattern(12 * MIB)).then(() => order.push('big'));
      const small = Array.from({ length: 20 }, () =>
        client.upload(pattern(10)).then(() => order.push('small')),
      );
      await Promise.all([big, ...small]);
      expect(order.indexOf('big')).toBe(20);
    });

    test('many large messages at once, both ways, arrive whole', async () => {
      await world().serve(blobs, handlers);
      const client = world().connect(blobs);
      const lengths = Array.from({ length: 12 }, (_, i) => 200_000 + i * 37_501);
      const answers = await Promise.all(lengths.map((length) => client.reverse(pattern(length))));
      for (const [i, length] of lengths.entries()) {
        expect(Buffer.compare(answers[i] as Uint8Array, Buffer.from(pattern(length)).reverse())).toBe(0);
      }
    });
  });
}
