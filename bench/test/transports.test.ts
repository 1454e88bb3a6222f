import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedCodecOf } from '@doorcall/core/generated';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  bytesOf,
  documentOf,
  invalidDocument,
  invalidOrder,
  isReceiptFor,
  sampleOrders,
} from '../src/payload.js';
import { serverSurroundings } from '../src/surroundings.js';
import type { ClientSurroundings, Connection, RunningServer, Transport } from '../src/transport.js';
import { orders as generatedOrders } from '../src/transports/shared/orders.gen.js';
import { callableNames, transportNames } from '../src/transports.js';
import { checkedAnswers, work } from '../src/work.js';

const surroundings: ClientSurroundings = {
  checked: checkedAnswers,
  forkServer: () => expect.unreachable(),
  startServerThread: () => expect.unreachable(),
};

/** From the sources: the bench itself loads what is built. */
async function load(name: string): Promise<Transport> {
  return (await import(`../src/transports/${name}.ts`)).transport;
}

const transports = await Promise.all(
  callableNames().map(async (name) => ({ name, transport: await load(name) })),
);

it('drivers are found by their files', () => {
  expect(transportNames()).toEqual(
    expect.arrayContaining(['child-ipc-advanced', 'grpc-js-tcp', 'net-unix', 'undici-tcp']),
  );
  expect(transportNames()).not.toContain('settings');
  expect(transportNames()).not.toContain('shared');
});

it.each(transports)('$name says which version of what is measured', ({ name, transport }) => {
  expect(transport.version).toMatch(/^\S+ \d+\.\d+\.\d+/);
  expect(transport.kind).toBe(name.startsWith('doorcall') ? 'ours' : 'peer');
});

/** One suite for all transports that can run both ends on one thread. */
describe.each(
  transports.filter(({ name, transport }) => {
    return transport.serverStartedBy === 'runner' && !name.includes('-sync');
  }),
)('$name', ({ transport }) => {
  let directory: string;
  let server: RunningServer;
  const open: Connection[] = [];

  const connect = async () => {
    const connection = await transport.connect(server.address, surroundings);
    open.push(connection);
    return connection;
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
    server = await transport.startServer(serverSurroundings(directory));
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers every order with its receipt', async () => {
    const { place } = await connect();
    for (const order of sampleOrders) expect(await place(order)).toEqual(work.place(order));
  });

  it.each([0, 64, 1_024, 65_536, 1_048_576])('gives a document of %i bytes back', async (bytes) => {
    const { echo } = await connect();
    const document = documentOf(bytes);
    expect(await echo(document)).toEqual(document);
  });

  it.skipIf(transport.cannot?.bytes).each([0, 1, 1_024, 65_536, 1_048_576])(
    'gives %i raw bytes back',
    async (count) => {
      const { bytes } = await connect();
      const sent = bytesOf(count);
      const received = await bytes(sent);
      expect(received).toBeInstanceOf(Uint8Array);
      expect(Buffer.compare(received, sent)).toBe(0);
    },
  );

  it('refuses an invalid order and an invalid document, and goes on', async () => {
    const { place, echo } = await connect();
    await expect(place(invalidOrder)).rejects.toThrow();
    await expect(echo(invalidDocument)).rejects.toThrow();
    await expect(place(sampleOrders[0]!)).resolves.toEqual(work.place(sampleOrders[0]!));
  });

  it('crosses no answers with 64 calls in flight, of all kinds', async () => {
    const { place, echo, bytes } = await connect();
    const calls = Array.from({ length: 64 }, async (_, i) => {
      const order = sampleOrders[i % sampleOrders.length]!;
      if (i % 4 === 1) {
        const document = documentOf(200 + i * 50, i % 16);
        expect(await echo(document)).toEqual(document);
      } else if (i % 4 === 2 && !transport.cannot?.bytes) {
        const sent = bytesOf(100 + i * 1_000, i);
        expect(Buffer.compare(await bytes(sent), sent)).toBe(0);
      } else {
        expect(isReceiptFor(order, await place(order))).toBe(true);
      }
    });
    await Promise.all(calls);
  });

  it('waits for a receipt that comes later', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
    const later = async (order: (typeof sampleOrders)[0]) => {
      await new Promise(setImmediate);
      return work.place(order);
    };
    const { checked, ...rest } = serverSurroundings(directory);
    const slow = await transport.startServer({
      ...rest,
      work: { ...work, place: later },
      checked: { ...checked, place: (untrusted) => later(untrusted as (typeof sampleOrders)[0]) },
    });
    try {
      const connection = await transport.connect(slow.address, surroundings);
      try {
        const receipts = await Promise.all(sampleOrders.map((order) => connection.place(order)));
        expect(receipts).toEqual(sampleOrders.map((order) => work.place(order)));
      } finally {
        await connection.close();
      }
    } finally {
      await slow.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('survives the end of another connection', async () => {
    const [one, other] = [await connect(), await connect()];
    await one.place(sampleOrders[1]!);
    await one.close();
    open.splice(open.indexOf(one), 1);
    await expect(other.place(sampleOrders[2]!)).resolves.toEqual(work.place(sampleOrders[2]!));
  });
});

describe('doorcall-gen', () => {
  it('has the generated codec at work on both sides, and no other', async () => {
    const transport = await load('doorcall-gen');
    const codec = generatedCodecOf(generatedOrders)!;
    const uses = (['encodeInput', 'parseInput', 'decodeOutput'] as const).map((name) => {
      return vi.spyOn(codec, name as 'parseInput');
    });
    const decodeInput = vi.spyOn(codec, 'decodeInput');
    const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
    const server = await transport.startServer(serverSurroundings(directory));
    const connection = await transport.connect(server.address, surroundings);
    try {
      await connection.place(sampleOrders[0]!);
      for (const use of uses) expect(use).toHaveBeenCalledOnce();
      // The server would ask for the value as it was sent only to word what is wrong with it.
      expect(decodeInput).not.toHaveBeenCalled();
    } finally {
      await connection.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
      vi.restoreAllMocks();
    }
  });
});
