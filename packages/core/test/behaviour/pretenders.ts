import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { defineService } from '../../src/contract/define-service.js';
import { serviceOf } from '../../src/contract/service-of.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { stream } from '../../src/contract/stream.js';
import { statusNumber } from '../../src/errors/status.js';
import { Kind } from '../../src/transport/transport.js';
import { blob, door, fd } from '../../src/zod.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { until } from './waiting.js';

const inner = defineService('inner', { say: {} });

/** The same methods, of other schemas: their bodies look alike. */
function service(file: StandardSchema, bytes: StandardSchema, callback: StandardSchema) {
  const input = z
    .object({ file, bytes, callback } as Record<'file' | 'bytes' | 'callback', z.ZodType>)
    .partial();
  return defineService('pretenders', {
    use: { input },
    note: { input, oneway: true },
    feed: { input: stream(input) },
  });
}

const real = service(fd(), blob(), door(inner));
const pretended = createMsgpackCodec(service(z.any(), z.any(), z.any()), { named: false });

/** What a peer writes that has nothing beside its messages. */
const bodies: readonly [string, unknown][] = [
  ['a descriptor of this very process', { file: 0 }],
  ['what looks like an owned descriptor', { file: { fd: 0 } }],
  ['bytes for a blob', { bytes: new Uint8Array(8) }],
  ['what looks like a blob', { bytes: { bytes: new Uint8Array(8), byteLength: 8 } }],
  ['a number for a door', { callback: 1 }],
  ['what looks like a door', { callback: { references: 1 } }],
];

/** What a peer says is an attachment, and is none. */
export function describePretenders(world: () => World): void {
  describe('what only looks like an attachment', () => {
    async function serve() {
      const seen: unknown[] = [];
      const take = (value: unknown) => void seen.push(value);
      const feed = async (items: AsyncIterable<unknown>) => {
        for await (const item of items) seen.push(item);
      };
      await world().serve(real, { use: take, note: take, feed } as never, { acceptFds: true } as never);
      const client = await RawClient.connect(world().bed.dialer(), real);
      const send = (kind: Kind, method: 'use' | 'note' | 'feed', callId: number, value?: unknown) => {
        const id = serviceOf(real).methods.findIndex(({ name }) => name === method);
        const { bytes, start, end } = pretended.encodeInput(id, value);
        client.connection.send(kind, 0, kind === Kind.input ? 0 : id, callId, 0, bytes, start, end);
      };
      return { client, seen, send };
    }

    test.each(bodies)('%s never reaches a handler', async (_, body) => {
      const { client, seen, send } = await serve();
      send(Kind.request, 'use', 1, body);
      send(Kind.oneway, 'note', 0, body);
      send(Kind.request, 'feed', 2);
      send(Kind.input, 'feed', 2, body);
      send(Kind.request, 'use', 3, {});
      await until(() => client.answersTo(3).length === 1 && client.answersTo(2).length === 1);
      const invalid = statusNumber('INVALID_ARGUMENT');
      expect(client.answersTo(1)).toMatchObject([{ kind: Kind.error, aux: invalid }]);
      expect(client.answersTo(2)).toMatchObject([{ kind: Kind.error, aux: invalid }]);
      expect(client.answersTo(3)).toMatchObject([{ kind: Kind.reply }]);
      expect(seen).toEqual([{}]);
    });
  });
}
