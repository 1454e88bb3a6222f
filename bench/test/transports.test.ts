import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedCodecOf } from '@doorcall/core/generated';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Order, sampleOrders } from '../src/payload.js';
import { serverSurroundings } from '../src/surroundings.js';
import type { ClientSurroundings, ServerSurroundings, Transport } from '../src/transport.js';
import { orders as generatedOrders } from '../src/transports/shared/orders.gen.js';
import { callableNames, loadCallable, loadTransport, transportNames } from '../src/transports.js';
import { checkedAnswers, work } from '../src/work.js';
import { loadAll, loadSource } from './support/load-transport.js';
import { type Served, transportSuite } from './support/transport-suite.js';

const transports = await loadAll();
const names = transportNames();

describe('the list of transports', () => {
  it('has every file of the folder, and nothing else', () => {
    expect(names).toEqual([
      ...['doorcall', 'doorcall-gen', 'doorcall-gen-parked', 'doorcall-gen-sync', 'doorcall-gen-sync-parked'],
      ...[
        'doorcall-parked',
        'doorcall-sync',
        'doorcall-sync-parked',
        'child-ipc-advanced',
        'child-ipc-json',
        'connect-node',
        'grpc-js-tcp',
      ],
      ...[
        'grpc-js-unix',
        'net-tcp',
        'net-unix',
        'node-http-tcp',
        'node-http-unix',
        'trpc-http',
        'undici-tcp',
      ],
      ...['undici-unix', 'worker-message-port', 'zeromq-ipc'],
      ...['floor-futex', 'floor-pipe', 'floor-ring', 'floor-ring-parked', 'floor-unix-socket'],
    ]);
    expect(callableNames()).toEqual(names.filter((name) => !name.startsWith('floor-')));
  });

  it.each(transports)('says which version of what $name measures', ({ name, transport }) => {
    expect(transport.version).toMatch(/^\S+ \d+\.\d+\.\d+/);
    expect(transport.kind).toBe(name.startsWith('doorcall') ? 'ours' : 'peer');
    expect(transport.summary).toMatch(/^\S.*[^.]$/);
  });

  it('names a transport that does not load, and why', async () => {
    await expect(loadTransport('carrier-pigeon')).rejects.toThrow(/^carrier-pigeon does not load here: .+/);
    await expect(loadCallable('carrier-pigeon')).rejects.toThrow(/^carrier-pigeon does not load here: .+/);
  });
});

/** Both ends in this process, on one thread. */
async function startHere(transport: Transport, change: Partial<ServerSurroundings> = {}): Promise<Served> {
  const surroundings: ClientSurroundings = {
    checked: checkedAnswers,
    forkServer: () => expect.unreachable(),
    startServerThread: () => expect.unreachable(),
  };
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  const server = await transport.startServer({ ...serverSurroundings(directory), ...change });
  return {
    connect: () => transport.connect(server.address, surroundings),
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What cannot run so is tested over processes. */
const onOneThread = transports.filter(({ transport: { serverStartedBy, cannot } }) => {
  return serverStartedBy === 'runner' && !cannot?.concurrent;
});

describe.each(onOneThread)('$name', ({ transport }) => {
  const environment = Object.entries(transport.env ?? {});
  beforeAll(() => {
    for (const [name, value] of environment) vi.stubEnv(name, value);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  transportSuite(transport, () => startHere(transport));

  it.skipIf(transport.cannot?.chain)('waits for a receipt that comes later', async () => {
    const place = async (order: unknown) => {
      await new Promise(setImmediate);
      return work.place(order as Order);
    };
    const checked = { ...serverSurroundings('').checked, place };
    const served = await startHere(transport, { work: { ...work, place }, checked });
    const connection = await served.connect();
    try {
      const receipts = await Promise.all(sampleOrders.map((order) => connection.place(order)));
      expect(receipts).toEqual(sampleOrders.map((order) => work.place(order)));
    } finally {
      await connection.close();
      await served.close();
    }
  });

  it.skipIf(environment.length === 0)('does not run as something else than its name says', async () => {
    for (const [name, value] of environment) {
      vi.stubEnv(name, 'default');
      await expect(startHere(transport)).rejects.toThrow(`started without ${name}=${value}`);
      vi.stubEnv(name, value);
    }
  });
});

describe('doorcall-gen', () => {
  it('has the generated codec at work on both sides, and no other', async () => {
    const codec = generatedCodecOf(generatedOrders)!;
    const uses = (['encodeInput', 'parseInput', 'decodeOutput'] as const).map((name) => {
      return vi.spyOn(codec, name as 'parseInput');
    });
    const decodeInput = vi.spyOn(codec, 'decodeInput');
    const served = await startHere(await loadSource('doorcall-gen'));
    const connection = await served.connect();
    try {
      await connection.place(sampleOrders[0]!);
      for (const use of uses) expect(use).toHaveBeenCalledOnce();
      // The server would ask for the value as it was sent only to word what is wrong with it.
      expect(decodeInput).not.toHaveBeenCalled();
    } finally {
      await connection.close();
      await served.close();
      vi.restoreAllMocks();
    }
  });
});
