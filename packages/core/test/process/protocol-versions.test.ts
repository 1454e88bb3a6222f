import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, defineService } from '../../src/index.js';
import { temporaryFolder } from '../shm/support/places.js';
import { serve } from '../shm/support/server-process.js';

const PEER = fileURLToPath(new URL('./fixtures/other_version.py', import.meta.url));

/** The only version there is by now, and its neighbours. */
const [FORMER, THIS, NEXT] = [0, 1, 2];

/** A peer that speaks other versions; the lines that it prints are read one by one. */
function peer(...args: readonly (string | number)[]) {
  const child = spawn('python3', [PEER, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { next: async () => JSON.parse((await lines.next()).value ?? '{"ended":true}') };
}

/** A folder where such a server listens. */
async function otherServer(role: 'server' | 'chooser', ...versions: readonly number[]) {
  const directory = temporaryFolder();
  mkdirSync(`${directory}/orders`);
  const server = peer(role, `${directory}/orders/main.sock`, ...versions);
  expect(await server.next()).toEqual({ listening: true });
  return { directory, server };
}

const orders = defineService('orders', { place: {} });

function callAt(directory: string): Promise<unknown> {
  const client = connect(orders, { directory, logger: false });
  onTestFinished(() => client.close());
  return client.place();
}

describe('a client that speaks', () => {
  test.each([
    [FORMER, THIS],
    [THIS, THIS],
    [THIS, NEXT],
    [FORMER, NEXT],
  ])('protocol versions %i to %i is welcomed to this one', async (oldest, newest) => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const client = peer('client', `${directory}/orders/main.sock`, oldest, newest);
    expect(await client.next()).toEqual({ version: THIS });
  });

  test.each([
    [FORMER, FORMER],
    [NEXT, NEXT],
  ])('protocol versions %i to %i is refused, and both sides read what each has', async (oldest, newest) => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const client = peer('client', `${directory}/orders/main.sock`, oldest, newest);
    const message = `protocol versions do not meet: client speaks ${oldest}…${newest}, server ${THIS}…${THIS}`;
    expect(await client.next()).toEqual({ code: 9, message });
    expect((await server.event('problem')).reason).toContain(message);
  });
});

describe('a server that speaks', () => {
  test.each([
    [FORMER, FORMER],
    [NEXT, NEXT],
  ])('protocol versions %i to %i refuses this client, whose calls fail by name', async (oldest, newest) => {
    const { directory } = await otherServer('server', oldest, newest);
    await expect(callAt(directory)).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      maybeExecuted: false,
      message: expect.stringContaining(
        `protocol versions do not meet: client speaks ${THIS}…${THIS}, server ${oldest}…${newest}`,
      ),
    });
  });

  test.each([FORMER, NEXT])(
    'version %i without having been offered it is refused by name',
    async (version) => {
      const { directory, server } = await otherServer('chooser', version);
      const message = `server chose protocol version ${version}, which was not offered: client speaks ${THIS}…${THIS}`;
      await expect(callAt(directory)).rejects.toMatchObject({
        code: 'FAILED_PRECONDITION',
        message: expect.stringContaining(message),
      });
      expect(await server.next()).toEqual({ code: 9, message });
    },
  );
});
