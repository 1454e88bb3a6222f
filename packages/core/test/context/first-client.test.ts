import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/stub.js';
import { currentScope } from '../../src/context/scope.js';
import { ServerCore } from '../../src/server/server.js';
import { createShmAcceptor, createShmDialer } from '../../src/transport/shm/index.js';
import { Kind } from '../../src/transport/transport.js';
import { RawClient } from '../behaviour/raw-client.js';
import { echo } from '../behaviour/services.js';
import { gate, turn, until } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';

/** A deadline far away, as it travels: any but none. */
const soon = () => Math.ceil((Number(process.hrtime.bigint()) / 1e6 + 50_000) * (1e6 / 65536)) >>> 0;

// The only test of this file: it needs a process that has no client yet. A raw one is none of doorcall's.
test('a handler that makes the first client of its process passes its scope on, and nobody else gets it', async () => {
  const directory = temporaryFolder();
  const scopes: Record<string, unknown> = {};
  const held = gate();
  const server = new ServerCore(
    echo,
    {
      say: async (text: string) => {
        if (text === 'first') {
          const client = createClient(echo, {}, createShmDialer({ directory }));
          onTestFinished(() => client.close());
        }
        scopes[`${text} at once`] = currentScope();
        await null;
        scopes[`${text} after an await`] = currentScope();
        await turn();
        scopes[`${text} in a later turn`] = currentScope();
        await held.opened;
        scopes[`${text} at its end`] = currentScope();
        return text;
      },
      nothing: () => {
        scopes.nothing = currentScope();
      },
      note: () => {},
    },
    { logger: false },
  );
  await server.listen(createShmAcceptor({ directory }));
  onTestFinished(() => server.close());
  const raw = await RawClient.connect(createShmDialer({ directory }), echo);
  onTestFinished(() => raw.connection.close());
  // All in one batch: they are called one after another from one native callback.
  raw.call(Kind.request, 'say', 'first', 1, soon());
  raw.call(Kind.request, 'say', 'second', 2, soon());
  await until(() => 'second in a later turn' in scopes);
  // Answers come from the same native callback as requests do.
  const outside: unknown[] = [];
  const { received } = raw;
  received.push = (message) => {
    outside.push(currentScope());
    return Array.prototype.push.call(received, message);
  };
  held.open();
  await until(() => received.length === 2);
  const first = scopes['first at once'];
  const second = scopes['second at once'];
  expect(first).toMatchObject({ callId: 1 });
  expect(second).toMatchObject({ callId: 2 });
  for (const when of ['after an await', 'in a later turn', 'at its end']) {
    expect(scopes[`first ${when}`]).toBe(first);
    expect(scopes[`second ${when}`]).toBe(second);
  }
  raw.call(Kind.request, 'nothing', undefined, 3, soon());
  await until(() => received.length === 3);
  expect(scopes.nothing).toMatchObject({ callId: 3 });
  expect(outside).toEqual([undefined, undefined, undefined]);
  expect(currentScope()).toBe(undefined);
});
