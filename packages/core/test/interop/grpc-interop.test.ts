/**
 * The behaviours of gRPC's interoperability tests, under their names (grpc/doc/interop-test-descriptions.md), where they
 * say something about RPC and not about HTTP/2, compression or authentication.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test as it } from 'vitest';
import type { AnyService, ConnectOptions, Handlers, ServiceClient } from '../../src/index.js';
import { connect, connectInMemory, RpcError } from '../../src/index.js';
import { laterTest, test, unimplemented } from './fixtures/contract.mjs';
import { handlers } from './fixtures/handlers.mjs';

/** Somewhere that the test service is served. */
interface Place {
  connect<Service extends AnyService>(service: Service, options?: ConnectOptions): ServiceClient<Service>;
  /** Ends whatever serves there. */
  close(): Promise<void>;
}

async function serveInProcess(): Promise<Place> {
  const directory = mkdtempSync(path.join(tmpdir(), 'doorcall-interop-'));
  const file = fileURLToPath(new URL('./fixtures/server.mjs', import.meta.url));
  const child = fork(file, [JSON.stringify({ directory })], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return {
    connect: (service, options) => connect(service, { directory, connectTimeoutMs: 30_000, ...options }),
    close: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', () => {
          rmSync(directory, { recursive: true, force: true });
          resolve();
        });
        child.disconnect();
      }),
  };
}

const payload = (size: number) => ({ payload: new Uint8Array(size) });
const REQUESTS = [27_182, 8, 1_828, 45_904];
const RESPONSES = [31_415, 9, 2_653, 58_979];

async function sizes(items: AsyncIterable<{ payload: Uint8Array }>): Promise<number[]> {
  const read: number[] = [];
  for await (const item of items) read.push(item.payload.length);
  return read;
}

async function errorOf(work: Promise<unknown>): Promise<RpcError> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError);
    return error as RpcError;
  }
  throw new Error('the call did not fail');
}

function interop(
  name: string,
  open: () => Promise<ServiceClient<typeof test>>,
  close: () => Promise<void>,
): void {
  describe(name, () => {
    let client: ServiceClient<typeof test>;
    beforeAll(async () => {
      client = await open();
    });
    afterAll(close);

    it('empty_unary', async () => {
      expect(await client.emptyCall()).toBe(undefined);
    });

    it('large_unary', async () => {
      const answer = await client.unaryCall({ responseSize: 314_159, ...payload(271_828) });
      expect(answer.payload).toEqual(new Uint8Array(314_159));
    });

    it('client_streaming', async () => {
      const answer = await client.streamingInputCall(REQUESTS.map(payload));
      expect(answer).toEqual({ aggregatedPayloadSize: 74_922 });
    });

    it('server_streaming', async () => {
      const responseParameters = RESPONSES.map((size) => ({ size }));
      expect(await sizes(client.streamingOutputCall({ responseParameters }))).toEqual(RESPONSES);
    });

    it('ping_pong', async () => {
      let next: (index: number) => void = () => {};
      async function* requests() {
        for (const [i, size] of RESPONSES.entries()) {
          const answered = new Promise<number>((resolve) => {
            next = resolve;
          });
          yield { responseParameters: [{ size }], ...payload(REQUESTS[i] as number) };
          expect(await answered).toBe(i);
        }
      }
      const read: number[] = [];
      for await (const answer of client.fullDuplexCall(requests())) {
        read.push(answer.payload.length);
        next(read.length - 1);
      }
      expect(read).toEqual(RESPONSES);
    });

    it('empty_stream', async () => {
      expect(await sizes(client.fullDuplexCall([]))).toEqual([]);
    });

    it('cancel_after_begin', async () => {
      const controller = new AbortController();
      async function* never() {
        await new Promise(() => {});
        yield payload(1);
      }
      const call = errorOf(client.streamingInputCall(never(), { signal: controller.signal }));
      controller.abort();
      expect((await call).code).toBe('CANCELLED');
    });

    it('cancel_after_first_response', async () => {
      const controller = new AbortController();
      async function* requests() {
        yield { responseParameters: [{ size: 31_415 }], ...payload(27_182) };
        await new Promise(() => {});
      }
      const answers = client.fullDuplexCall(requests(), { signal: controller.signal });
      expect((await answers.next()).value?.payload.length).toBe(31_415);
      controller.abort();
      expect((await errorOf(answers.next())).code).toBe('CANCELLED');
    });

    it('timeout_on_sleeping_server', async () => {
      async function* requests() {
        yield { responseParameters: [{ size: 1, intervalUs: 3_600_000_000 }], ...payload(27_182) };
        await new Promise(() => {});
      }
      const error = await errorOf(sizes(client.fullDuplexCall(requests(), { timeoutMs: 1 })));
      expect(error.code).toBe('DEADLINE_EXCEEDED');
    });

    it('status_code_and_message', async () => {
      const responseStatus = { code: 'UNKNOWN', message: 'test status message' };
      const unary = await errorOf(client.unaryCall({ responseSize: 0, ...payload(0), responseStatus }));
      const duplex = await errorOf(
        sizes(client.fullDuplexCall([{ responseParameters: [], responseStatus }])),
      );
      for (const { code, message } of [unary, duplex]) {
        expect([code, message]).toEqual(['UNKNOWN', 'UNKNOWN: test status message']);
      }
    });

    it('special_status_message', async () => {
      const message = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
      const responseStatus = { code: 'UNKNOWN', message };
      const error = await errorOf(client.unaryCall({ responseSize: 0, ...payload(0), responseStatus }));
      expect(error.message).toBe(`UNKNOWN: ${message}`);
    });

    it('custom_metadata', async () => {
      const metadata = {
        'x-grpc-test-echo-initial': 'test_initial_metadata_value',
        'x-grpc-test-echo-trailing-bin': Buffer.from([0xab, 0xab, 0xab]).toString('base64'),
      };
      const trailers: unknown[] = [];
      const options = { metadata, onTrailers: (each: object) => void trailers.push({ ...each }) };
      await client.unaryCall({ responseSize: 314_159, ...payload(271_828) }, options);
      await sizes(client.fullDuplexCall([{ responseParameters: [{ size: 314_159 }] }], options));
      expect(trailers).toEqual([metadata, metadata]);
    });

    it('rpc_soak', async () => {
      for (let i = 0; i < 500; i += 1) {
        const answer = await client.unaryCall({ responseSize: 31_415, ...payload(27_182) });
        expect(answer.payload.length).toBe(31_415);
      }
      const rounds = Array.from({ length: 100 }, () =>
        sizes(client.fullDuplexCall(REQUESTS.map((size) => ({ responseParameters: [{ size }] })))),
      );
      for (const round of await Promise.all(rounds)) expect(round).toEqual(REQUESTS);
    });
  });
}

describe('over processes', () => {
  let place: Place;
  const clients: { close(): Promise<void> }[] = [];
  const open = async () => {
    place = await serveInProcess();
    const client = place.connect(test);
    clients.push(client);
    return client;
  };
  const close = async () => {
    for (const client of clients) await client.close();
    await place.close();
  };

  interop('one connection', open, close);

  it('unimplemented_method', async () => {
    const own = await serveInProcess();
    await using client = own.connect(laterTest);
    await client.emptyCall();
    expect((await errorOf(client.unimplementedCall())).code).toBe('UNIMPLEMENTED');
    await own.close();
  });

  it('unimplemented_service', async () => {
    // A service is a place of its own: one that nobody serves cannot be reached.
    const own = await serveInProcess();
    await using client = own.connect(unimplemented, { connectTimeoutMs: 200 });
    const error = await errorOf(client.unimplementedCall());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('grpc.testing.unimplemented');
    await own.close();
  });

  it('channel_soak', async () => {
    const own = await serveInProcess();
    for (let i = 0; i < 20; i += 1) {
      await using client = own.connect(test);
      const answers = client.fullDuplexCall([{ responseParameters: [{ size: 31_415 }] }]);
      expect(await sizes(answers)).toEqual([31_415]);
    }
    await own.close();
  });
});

let memory: Awaited<ReturnType<typeof connectInMemory<typeof test>>>;
interop(
  'in memory',
  async () => {
    memory = await connectInMemory(test, handlers as unknown as Handlers<typeof test>);
    return memory;
  },
  () => memory.close(),
);
