import { closeSync, fstatSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RpcError } from '../../src/errors/rpc-error.js';
import type { Descriptors } from '../../src/transport/transport.js';
import { turn, until } from '../behaviour/waiting.js';
import { type Client, connect, textOf } from './support/client.js';
import { temporaryFolder } from './support/places.js';
import { type ServerProcess, serve } from './support/server-process.js';

const MOST = 8;

interface Setup {
  readonly server: ServerProcess;
  readonly client: Client;
  readonly descriptors: Descriptors;
  /** An open file with this text in it; closed with the test. */
  open(text: string): number;
  file(text: string): string;
}

async function setUp(hello: { maxFds?: number } = { maxFds: MOST }): Promise<Setup> {
  const directory = temporaryFolder();
  const files = temporaryFolder();
  const server = await serve({ acceptor: { directory }, hello });
  const client = await connect({ directory }, { maxFds: MOST });
  await server.tell('mode', { to: 'files' });
  let count = 0;
  const file = (text: string) => {
    const name = path.join(files, String(count++));
    writeFileSync(name, text);
    return name;
  };
  const { descriptors } = client.connection;
  if (descriptors === undefined) throw new Error('this transport carries no descriptors');
  return { server, client, descriptors, file, open: (text) => openSync(file(text), 'r') };
}

const openHere = () => readdirSync('/proc/self/fd').length;
const openThere = async ({ server }: Setup) => ((await server.tell('resources')) as { fds: number }).fds;

async function contents(client: Client, ticket: number): Promise<string[]> {
  return (JSON.parse(textOf(await client.call(JSON.stringify({ ticket })))) as { contents: string[] })
    .contents;
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return error instanceof RpcError ? error.code : String(error);
  }
  return undefined;
}

describe('descriptors', () => {
  test('go to the other process with their message, in order, and stay open here', async () => {
    const { client, descriptors, open } = await setUp();
    const fds = ['first', 'second', 'third'].map(open);
    const ticket = descriptors.send(fds);
    expect(await contents(client, ticket)).toEqual(['first', 'second', 'third']);
    for (const fd of fds) {
      expect(fstatSync(fd).isFile()).toBe(true);
      closeSync(fd);
    }
  });

  test('come back with the answer, of a blocking call too, and close on exec', async () => {
    const { client, descriptors, file } = await setUp();
    const question = new TextEncoder().encode(JSON.stringify({ back: file('from the server') }));
    const answers = [textOf(await client.call(question))];
    const deadline = Number(process.hrtime.bigint()) / 1e6 + 10_000;
    const reply = client.connection.callSync?.(0, 0, 9, 0, question, 0, question.length, deadline);
    answers.push(new TextDecoder().decode(reply?.bytes.subarray(reply.start, reply.end)));
    for (const answer of answers) {
      const [fd] = descriptors.take((JSON.parse(answer) as { ticket: number }).ticket) as [number];
      expect(readFileSync(`/proc/self/fd/${fd}`, 'utf8')).toBe('from the server');
      const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] as string;
      expect(Number.parseInt(flags, 8) & 0o2000000).not.toBe(0);
      descriptors.close(fd);
    }
  });

  test('leave as many open on both sides as there were, after a thousand rounds', async () => {
    const set = await setUp();
    const { client, descriptors, open, file } = set;
    const back = file('back');
    const fd = open('there');
    const round = async () => {
      const ticket = descriptors.send([fd, fd]);
      const answer = JSON.parse(textOf(await client.call(JSON.stringify({ ticket, back }))));
      for (const received of descriptors.take(answer.ticket)) descriptors.close(received);
    };
    await round();
    const before = [openHere(), await openThere(set)];
    for (let i = 0; i < 1_000; i++) await round();
    expect([openHere(), await openThere(set)]).toEqual(before);
    closeSync(fd);
  });

  test('that no message named are closed with the connection', async () => {
    const set = await setUp();
    const { client, server, descriptors, open } = set;
    const fd = open('x');
    await client.call('{}');
    const before = await openThere(set);
    for (let i = 0; i < 10; i++) descriptors.send([fd, fd]);
    // It takes them when its loop turns, whether a message names them or not.
    while ((await openThere(set)) !== before + 20) await turn();
    client.connection.close();
    await server.event('connectionClosed');
    expect(await openThere(set)).toBeLessThan(before);
    closeSync(fd);
  });

  test('are closed when their message is dropped', async () => {
    const set = await setUp();
    const { client, descriptors, open } = set;
    const fd = open('x');
    await client.call('{}');
    const before = await openThere(set);
    const tickets = Array.from({ length: 5 }, () => descriptors.send([fd]));
    while ((await openThere(set)) !== before + 5) await turn();
    for (const ticket of tickets) descriptors.drop(ticket);
    while ((await openThere(set)) !== before) await turn();
    closeSync(fd);
  });

  test('that cannot be sent are refused by name, and nothing is sent', async () => {
    const { client, descriptors, open } = await setUp();
    const fd = open('x');
    const closed = open('y');
    closeSync(closed);
    for (const bad of [[fd, closed], [-1], [], [1.5], [Number.NaN], [2 ** 32], ['1' as unknown as number]]) {
      expect(codeOf(() => descriptors.send(bad))).toBe('INVALID_ARGUMENT');
    }
    expect(codeOf(() => descriptors.send(Array(MOST + 1).fill(fd)))).toBe('RESOURCE_EXHAUSTED');
    expect(await contents(client, descriptors.send(Array(MOST).fill(fd)))).toEqual(Array(MOST).fill('x'));
    client.connection.close();
    await client.sink.closed();
    expect(codeOf(() => descriptors.send([fd]))).toBe('UNAVAILABLE');
    expect(codeOf(() => descriptors.take(1))).toBe('UNAVAILABLE');
    descriptors.drop(1);
    closeSync(fd);
  });

  test('are not sent to a side that takes none', async () => {
    const { client, descriptors, open } = await setUp({});
    const fd = open('x');
    expect(descriptors.maxPerMessage).toBe(0);
    expect(codeOf(() => descriptors.send([fd]))).toBe('FAILED_PRECONDITION');
    expect((await client.call('{}')).bytes.length).toBeGreaterThan(0);
    closeSync(fd);
  });

  test('are refused when the socket has no room, and the connection lives', async () => {
    const { client, server, descriptors, open } = await setUp();
    const fd = open('x');
    await server.tell('block', { ms: 300 });
    const tickets: number[] = [];
    let code: string | undefined;
    while (code === undefined) code = codeOf(() => tickets.push(descriptors.send([fd])));
    expect(code).toBe('RESOURCE_EXHAUSTED');
    expect(await contents(client, tickets[0] as number)).toEqual(['x']);
    closeSync(fd);
  });

  test('that never came end the connection', async () => {
    const { client, descriptors } = await setUp();
    expect(codeOf(() => descriptors.take(1))).toBe('INTERNAL');
    expect(await client.sink.closed()).toMatchObject({
      reason: 'protocol-error',
      detail: 'record that names descriptors which never came',
    });
  });

  test('do not survive a killed sender', async () => {
    const set = await setUp();
    const { client, server, descriptors, file } = set;
    await client.call('{}');
    const before = openHere();
    const reply = await client.call(JSON.stringify({ back: file('first') }));
    await client.call(JSON.stringify({ back: file('second') }));
    // Both are held for a record that is never looked at.
    await until(() => openHere() === before + 2);
    process.kill(server.pid, 'SIGKILL');
    await client.sink.closed();
    expect(openHere()).toBeLessThan(before);
    expect(codeOf(() => descriptors.take(JSON.parse(textOf(reply)).ticket))).toBe('UNAVAILABLE');
  });

  test('are duplicated on demand', async () => {
    const { descriptors, open } = await setUp();
    const fd = open('x');
    const copy = descriptors.duplicate(fd);
    closeSync(fd);
    expect(readFileSync(`/proc/self/fd/${copy}`, 'utf8')).toBe('x');
    descriptors.close(copy);
    for (const bad of [copy, -1, Number.NaN]) {
      expect(codeOf(() => descriptors.duplicate(bad))).toBe('INVALID_ARGUMENT');
      descriptors.close(-1);
    }
  });
});
