import { openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, ownFd } from '../../src/index.js';
import { failureOf } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';
import { fds } from './fixtures/fd-contract.mjs';
import { type Actor, launch } from './support/actor.js';

type Client = ReturnType<typeof connectTo>;

const connectTo = (directory: string) =>
  connect(fds, { directory, connectTimeoutMs: 30_000, acceptFds: true });

async function place(limits = {}): Promise<{ server: Actor; client: Client; name: string }> {
  const directory = temporaryFolder();
  const server = launch('fd-server.mjs', { directory, acceptFds: true, limits });
  await server.event('listening');
  const client = connectTo(directory);
  onTestFinished(() => client.close());
  const name = path.join(directory, 'file');
  writeFileSync(name, 'a');
  await client.read(ownFd(openSync(name, 'r')));
  return { server, client, name };
}

/** What a handler gives that nobody receives: it was given away, so its server closes it. */
const cases: Readonly<Record<string, (client: Client, name: string) => Promise<void>>> = {
  async 'a result that comes after its caller has left'(client, name) {
    const leaving = new AbortController();
    const call = failureOf(client.late(name, { signal: leaving.signal }));
    await client.health();
    leaving.abort();
    await call;
  },
  async 'a result that fails its schema'(client, name) {
    expect(await failureOf(client.wrong(name))).toMatchObject({ code: 'INTERNAL' });
  },
  async 'an item that comes after its reader has left'(client, name) {
    for await (const item of client.lateItems(name)) {
      item.close();
      break;
    }
  },
  async 'an item that cannot be read, after its reader has left'(client, name) {
    for await (const item of client.unreadable(name)) {
      item.file.close();
      break;
    }
  },
  async 'an item of an input that a schema refuses later'(client, name) {
    const items = async function* () {
      await client.health();
      yield { file: ownFd(openSync(name, 'r')), count: 9 };
    };
    expect(await failureOf(client.judgedItems(items()))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  },
  async 'an item that fails its schema'(client, name) {
    const reading = (async () => {
      for await (const item of client.wrongItems(name)) item.file.close();
    })();
    expect(await failureOf(reading)).toMatchObject({ code: 'INTERNAL' });
  },
};

describe('descriptors that nobody receives are closed by whoever returned them', () => {
  for (const [what, give] of Object.entries(cases)) {
    test(what, async () => {
      const { server, client, name } = await place();
      await give(client, name);
      const before = await server.tell<number>('descriptors');
      for (let round = 0; round < 10; round += 1) await give(client, name);
      // The last may still be on its way to be closed.
      while ((await server.tell<number>('descriptors')) > before) await client.health();
      // Not by the garbage collector.
      expect(server.output).not.toMatch(/collected before it was closed/);
    });
  }

  test('what came with calls that still wait when their client is killed', async () => {
    const { server, client, name } = await place({ maxInFlight: 1 });
    const leaving = new AbortController();
    const busy = failureOf(client.busy(undefined, { signal: leaving.signal }));
    const before = await server.tell<number>('descriptors');
    const other = launch('fd-client.mjs', { directory: path.dirname(name), file: name, calls: 4 });
    await other.event('called');
    while ((await server.tell<number>('descriptors')) < before + 4) await client.health();
    other.kill();
    while ((await server.tell<number>('descriptors')) > before) await client.health();
    expect(server.output).not.toMatch(/collected before it was closed/);
    leaving.abort();
    await busy;
  });
});
