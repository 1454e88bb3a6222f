import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedCodecOf } from '@doorcall/core/generated';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerOrder, invalidOrder, isReceiptFor, payloadBytes, sampleOrders } from '../src/payload.js';
import type { Connection, RunningServer, Transport } from '../src/transport.js';
import { transport as doorcall } from '../src/transports/doorcall.js';
import { transport as doorcallGen } from '../src/transports/doorcall-gen.js';
import { transport as grpcTcp } from '../src/transports/grpc-js-tcp.js';
import { transport as grpcUnix } from '../src/transports/grpc-js-unix.js';
import { transport as netUnix } from '../src/transports/net-unix.js';
import { transport as nodeHttp } from '../src/transports/node-http.js';
import { orders as generatedOrders } from '../src/transports/shared/orders.gen.js';
import { transport as undici } from '../src/transports/undici.js';
import { transportNames } from '../src/transports.js';

it('the payload is about 100 bytes', () => {
  expect(payloadBytes).toBeGreaterThan(90);
  expect(payloadBytes).toBeLessThan(130);
});

it('drivers are found by their files', () => {
  expect(transportNames()).toEqual(
    expect.arrayContaining(['child-ipc', 'grpc-js-tcp', 'net-unix', 'undici']),
  );
  expect(transportNames()).not.toContain('settings');
  expect(transportNames()).not.toContain('shared');
});

/** One suite for all transports that can run both ends in one process. */
describe.each<[string, Transport]>([
  ['doorcall', doorcall],
  ['doorcall-gen', doorcallGen],
  ['grpc-js-tcp', grpcTcp],
  ['grpc-js-unix', grpcUnix],
  ['net-unix', netUnix],
  ['node-http', nodeHttp],
  ['undici', undici],
])('%s', (_, transport) => {
  let directory: string;
  let server: RunningServer;
  const open: Connection[] = [];

  const connect = async () => {
    const connection = await transport.connect(server.address, {
      forkServer: () => {
        throw new Error('not here');
      },
    });
    open.push(connection);
    return connection;
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
    server = await transport.startServer({ directory, answer: answerOrder });
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers every order with its receipt', async () => {
    const { call } = await connect();
    for (const order of sampleOrders) {
      const receipt = await call(order);
      expect(receipt).toEqual(answerOrder(order));
    }
  });

  it('refuses an invalid order and goes on', async () => {
    const { call } = await connect();
    await expect(call(invalidOrder)).rejects.toThrow();
    await expect(call(sampleOrders[0]!)).resolves.toEqual(answerOrder(sampleOrders[0]));
  });

  it('crosses no answers with 64 calls in flight', async () => {
    const { call } = await connect();
    const orders = Array.from({ length: 64 }, (_, i) => sampleOrders[i % sampleOrders.length]!);
    const receipts = await Promise.all(orders.map((order) => call(order)));
    expect(orders.every((order, i) => isReceiptFor(order, receipts[i]!))).toBe(true);
  });

  it('survives the end of another connection', async () => {
    const [one, other] = [await connect(), await connect()];
    await one.call(sampleOrders[1]!);
    await one.close();
    open.splice(open.indexOf(one), 1);
    await expect(other.call(sampleOrders[2]!)).resolves.toEqual(answerOrder(sampleOrders[2]));
  });
});

describe('doorcall-gen', () => {
  it('has the generated codec at work on both sides, and no other', async () => {
    const codec = generatedCodecOf(generatedOrders)!;
    const uses = (['encodeInput', 'parseInput', 'decodeOutput'] as const).map((name) => {
      return vi.spyOn(codec, name as 'parseInput');
    });
    const decodeInput = vi.spyOn(codec, 'decodeInput');
    const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
    const server = await doorcallGen.startServer({ directory, answer: answerOrder });
    const connection = await doorcallGen.connect(server.address, { forkServer: () => expect.unreachable() });
    try {
      await connection.call(sampleOrders[0]!);
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
