import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, ownFd, type ServiceClient } from '../../src/index.js';
import { failureOf, until } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';
import { fds } from './fixtures/fd-contract.mjs';
import { type Actor, launch } from './support/actor.js';

interface Place {
  readonly server: Actor;
  readonly client: ServiceClient<typeof fds>;
  readonly directory: string;
  /** Files with their name's last letter in them. */
  file(letter: string): string;
}

async function place(
  options: object = { acceptFds: true },
  acceptFds: boolean | number = true,
): Promise<Place> {
  const directory = temporaryFolder();
  const server = launch('fd-server.mjs', { directory, ...options });
  await server.event('listening');
  const client = connect(fds, { directory, connectTimeoutMs: 30_000, acceptFds });
  onTestFinished(() => client.close());
  await client.ready();
  const file = (letter: string) => {
    const name = path.join(directory, `file-${letter}`);
    writeFileSync(name, letter);
    return name;
  };
  return { server, client, directory, file };
}

const isOpen = (fd: number) => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};
const ownDescriptors = () => readdirSync('/proc/self/fd').length;

describe('descriptors between processes', () => {
  test('a number stays the sender’s, an owned one is given away', async () => {
    const { client, file } = await place();
    const kept = openSync(file('a'), 'r');
    expect(await client.read(kept)).toBe('a');
    expect(isOpen(kept)).toBe(true);
    closeSync(kept);
    const given = openSync(file('b'), 'r');
    const owned = ownFd(given);
    expect(await client.read(owned)).toBe('b');
    expect(() => owned.fd).toThrow(/closed, detached or sent/);
    expect(client.read.sync(openSync(file('c'), 'r'))).toBe('c');
  });

  test('come with answers of blocking calls in a row, however many: each is told to its sender', async () => {
    const { client, file } = await place(undefined, 1);
    const name = file('x');
    // No turn of the loop lies between them.
    for (let i = 0; i < 300; i += 1) client.open.sync(name).close();
    expect(client.read.sync(openSync(name, 'r'))).toBe('x');
  });

  test('what is received is owned, close-on-exec, and becomes a FileHandle', async () => {
    const { client, file } = await place();
    const received = await client.open(file('x'));
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${received.fd}`, 'utf8'))?.[1];
    expect(Number.parseInt(flags ?? '0', 8) & 0o2000000).not.toBe(0);
    const bytes = Buffer.alloc(1);
    readSync(received.fd, bytes, 0, 1, 0);
    expect(bytes.toString()).toBe('x');
    const number = received.fd;
    received.close();
    received.close();
    expect(isOpen(number)).toBe(false);
    expect(await client.handle(ownFd(openSync(file('y'), 'r')))).toBe('y');
    const handle = await (await client.open(file('z'))).toFileHandle();
    expect(await handle.readFile('utf8')).toBe('z');
    await handle.close();
  });

  test('several in one message, and in streams both ways', async () => {
    const { client, file } = await place();
    const open = (letter: string) => ownFd(openSync(file(letter), 'r'));
    expect(await client.twice(['a', 'b', 'c'].map(open))).toEqual(['a', 'b', 'c']);
    expect(await client.lines(['d', 'e'].map(open))).toEqual(['d', 'e']);
    const texts: string[] = [];
    for await (const item of client.opened([file('f'), file('g')])) {
      const bytes = Buffer.alloc(1);
      readSync(item.fd, bytes, 0, 1, 0);
      texts.push(bytes.toString());
      item.close();
    }
    expect(texts).toEqual(['f', 'g']);
  });

  test('a connection that one process accepted is answered by another', async () => {
    const { client } = await place();
    const listener: Server = createServer(
      { pauseOnConnect: true },
      (socket: Socket & { _handle?: unknown }) => {
        const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
        void client.greet(fd).then(() => socket.destroy());
      },
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void listener.close());
    const { port } = listener.address() as { port: number };
    const heard = await new Promise<string>((resolve, reject) => {
      let all = '';
      connectSocket(port, '127.0.0.1')
        .on('data', (chunk) => {
          all += chunk;
        })
        .on('end', () => resolve(all))
        .on('error', reject);
    });
    expect(heard).toBe('hello from the worker\n');
  });

  test('a server that takes none, a bad one, a closed one, too many: a typed error, and nothing is lost', async () => {
    const none = await place({});
    const file = openSync(none.file('a'), 'r');
    const refused = await failureOf(none.client.read(ownFd(file)));
    expect(refused).toMatchObject({ code: 'FAILED_PRECONDITION', maybeExecuted: false });
    expect(isOpen(file)).toBe(true);
    closeSync(file);
    const { client, server, file: fileOf } = await place({ acceptFds: 2 });
    const before = await server.tell<number>('descriptors');
    expect(await failureOf(client.read(99_999))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await failureOf(client.read(-1))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const three = ['a', 'b', 'c'].map((letter) => openSync(fileOf(letter), 'r'));
    expect(await failureOf(client.twice(three))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(await failureOf(client.read('text' as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const fd of three) closeSync(fd);
    expect(await server.tell<number>('descriptors')).toBe(before);
  });

  test('nothing leaks: cancelled, late, refused, invalid, dropped by a reader', async () => {
    const { client, server, file } = await place();
    const name = file('a');
    await client.read(ownFd(openSync(name, 'r')));
    const [mine, theirs] = [ownDescriptors(), await server.tell<number>('descriptors')];
    for (let round = 0; round < 20; round += 1) {
      const controller = new AbortController();
      const held = failureOf(client.hold(ownFd(openSync(name, 'r')), { signal: controller.signal }));
      // In one batch with its request.
      controller.abort();
      await held;
      const late = new AbortController();
      const opened = failureOf(client.open(name, { signal: late.signal }));
      late.abort();
      await opened;
      for await (const item of client.opened([name, name, name])) {
        item.close();
        break;
      }
      await failureOf(client.lines([ownFd(openSync(name, 'r')), 'no descriptor' as never]));
    }
    while ((await server.tell<number>('descriptors')) !== theirs) await client.health();
    await until(() => ownDescriptors() === mine);
  });

  test('a receiver that is killed with descriptors on their way: they are told, and nothing is left here', async () => {
    const { client, server, file } = await place();
    const name = file('a');
    await client.read(openSync(name, 'r'));
    const kept = openSync(name, 'r');
    const before = ownDescriptors();
    await server.stop();
    const calls = Array.from({ length: 10 }, () => failureOf(client.read(ownFd(openSync(name, 'r')))));
    calls.push(failureOf(client.read(kept)));
    await server.killed();
    // Nobody has read them; what was given away is gone all the same, and what was not can be sent again.
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });
    expect(isOpen(kept)).toBe(true);
    // Those of the connection are closed, too.
    await until(() => ownDescriptors() < before);
  });

  test('a sender that is killed with descriptors on their way leaves none at the receiver', async () => {
    const { client, server, file, directory } = await place();
    const name = file('a');
    await client.read(openSync(name, 'r'));
    const before = await server.tell<number>('descriptors');
    const sender = launch('fd-sender.mjs', { directory, name });
    await sender.event('ready');
    await server.stop();
    await sender.tell('send', { count: 10 });
    await sender.killed();
    server.kill('SIGCONT');
    while ((await server.tell<number>('descriptors')) !== before) await client.health();
  });

  test('a thread that is terminated with descriptors on their way leaves none, here or there', async () => {
    const { client, server, file, directory } = await place();
    const name = file('a');
    await client.read(openSync(name, 'r'));
    const theirs = await server.tell<number>('descriptors');
    const sender = launch('fd-sender.mjs', { directory, name });
    await sender.event('ready');
    await sender.tell('threads', { times: 2 });
    const before = await sender.tell<number>('descriptors');
    await sender.tell('threads', { times: 10 });
    expect(await sender.tell<number>('descriptors')).toBe(before);
    await sender.killed();
    while ((await server.tell<number>('descriptors')) !== theirs) await client.health();
  });
});
