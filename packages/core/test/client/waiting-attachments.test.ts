import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connect, connectInMemory, defineService, type OwnedFd, serve, statsOf } from '../../src/index.js';
import { blob, fd } from '../../src/zod.js';
import { failureOf, gate, until } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';

const reading = defineService('reading', {
  read: { input: fd(), output: z.string() },
  readBlob: { input: blob(), output: z.string() },
  /** Two of the same. */
  readTwice: { input: z.array(fd()), output: z.string() },
});

const textOf = (file: OwnedFd) => {
  const text = readFileSync(`/proc/self/fd/${file.fd}`, 'utf8');
  file.close();
  return text;
};

const handlers = {
  read: (file: OwnedFd) => textOf(file),
  readBlob: (bytes: { copy(): Uint8Array; release(): void }) => {
    const text = Buffer.from(bytes.copy()).toString();
    bytes.release();
    return text;
  },
  readTwice: (files: OwnedFd[]) => files.map(textOf).join(),
};

const PAGE = 4096;

function allocates(client: { allocate(bytes: number): Disposable }, bytes: number): boolean {
  try {
    client.allocate(bytes)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

const descriptors = () => readdirSync('/proc/self/fd').length;

function place(options: { maxQueuedCalls?: number; maxQueuedBytes?: number } = {}) {
  const directory = temporaryFolder();
  const file = (text: string) => {
    const name = path.join(directory, text);
    writeFileSync(name, text);
    return openSync(name, 'r');
  };
  const client = connect(reading, { directory, connectTimeoutMs: 60_000, ...options });
  onTestFinished(() => client.close());
  const begin = async () => {
    const server = await serve(reading, handlers, { directory, acceptFds: true });
    onTestFinished(() => server.close());
  };
  return { client, file, begin };
}

describe('a call that waits for its server sends what it was made with', () => {
  test('a number that is closed, and used again, meanwhile', async () => {
    const { client, file, begin } = place();
    const public_ = file('public');
    const calls = [client.read(public_), client.readTwice([public_, public_])];
    closeSync(public_);
    const secret = file('secret');
    expect(secret).toBe(public_);
    await begin();
    expect(await Promise.all(calls)).toEqual(['public', 'public,public']);
    expect(fstatSync(secret).size).toBe(6);
    closeSync(secret);
  });

  test('bytes that are written to meanwhile', async () => {
    const { client, begin } = place();
    const bytes = Buffer.from('before');
    const call = client.readBlob(bytes);
    bytes.write('after!');
    await begin();
    expect(await call).toBe('before');
  });

  test('memory that is disposed of meanwhile, which goes back when the call was sent or has ended', async () => {
    const held = gate();
    const client = connectInMemory(
      reading,
      {
        read: () => '',
        readTwice: () => '',
        async readBlob(data) {
          await held.opened;
          return handlers.readBlob(data);
        },
      },
      { server: { limits: { maxInFlightPerConnection: 1, maxBlobBytes: 8 * PAGE } } },
    );
    onTestFinished(() => client.close());
    await client.ready();
    const first = client.readBlob(Buffer.from('first'));
    // A page each.
    const make = (text: string) => {
      using memory = client.allocate(text.length);
      memory.set(Buffer.from(text));
      return { memory, calls: [client.readBlob(memory), client.readBlob(memory.subarray(1, 3))] };
    };
    const { memory, calls } = make('whole');
    const controller = new AbortController();
    using given = client.allocate(1);
    const cancelled = failureOf(client.readBlob(given, { signal: controller.signal }));
    const late = make('late');
    given[Symbol.dispose]();
    // It is as good as gone for whoever disposed of it.
    const refused = await failureOf(client.readBlob(memory));
    expect(refused).toMatchObject({ code: 'FAILED_PRECONDITION', method: 'reading/readBlob' });
    // Told anew with its method, an error is not its own cause.
    expect(refused.cause).toBeUndefined();
    expect(() => client.allocate(5 * PAGE)).toThrow(/RESOURCE_EXHAUSTED/);
    controller.abort();
    expect(await cancelled).toMatchObject({ code: 'CANCELLED', maybeExecuted: false });
    expect(given.length).toBe(0);
    client.allocate(5 * PAGE)[Symbol.dispose]();
    held.open();
    expect(await Promise.all([first, ...calls, ...late.calls])).toEqual([
      'first',
      'whole',
      'ho',
      'late',
      'at',
    ]);
    expect([memory.length, late.memory.length]).toEqual([0, 0]);
    // All of it is back as soon as the handler's releases have come.
    await until(() => allocates(client, 8 * PAGE));
  });

  test('a received blob that is released meanwhile', async () => {
    const { client, begin } = place();
    const call = gate<string>();
    const first = connectInMemory(reading, {
      ...handlers,
      readBlob(bytes) {
        client.readBlob(bytes).then(call.open);
        bytes.release();
        return '';
      },
    });
    await first.readBlob(Buffer.from('handed on'));
    await begin();
    expect(await call.opened).toBe('handed on');
    await first.close();
  });
});

describe('a call that waits', () => {
  test('closes its copies of descriptors when it ends, and keeps none that nobody waits with', async () => {
    const { client, file } = place({ maxQueuedCalls: 2 });
    const number = file('x');
    // Whatever the client opens for itself.
    await failureOf(client.readBlob(Buffer.from('x'), { timeoutMs: 50 }));
    const before = descriptors();
    const leaving = new AbortController();
    const calls = [1, 2].map(() => failureOf(client.read(number, { signal: leaving.signal })));
    expect(descriptors()).toBe(before + 2);
    expect(await failureOf(client.read(number))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(descriptors()).toBe(before + 2);
    leaving.abort();
    await Promise.all(calls);
    expect(descriptors()).toBe(before);
    closeSync(number);
  });

  test('closes its copies when it is sent', async () => {
    const { client, file, begin } = place();
    const number = file('x');
    const call = client.read(number);
    await begin();
    await call;
    const before = descriptors();
    await Promise.all([client.read(number), client.read(number)]);
    expect(descriptors()).toBe(before);
    expect(statsOf(client).waiting).toBe(0);
    const links = readdirSync('/proc/self/fd').filter((name) => linkOf(name).endsWith('/x'));
    expect(links).toEqual([String(number)]);
    closeSync(number);
  });

  test('says at once that a number is no open descriptor', async () => {
    const { client, file } = place();
    const number = file('x');
    closeSync(number);
    expect(await failureOf(client.readTwice([number]))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('counts the bytes that it keeps', async () => {
    const { client } = place({ maxQueuedBytes: 1000 });
    const first = failureOf(client.readBlob(new Uint8Array(900)));
    expect(await failureOf(client.readBlob(new Uint8Array(900)))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
    await client.close();
    await first;
  });
});

function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    // The folder's own.
    return '';
  }
}
