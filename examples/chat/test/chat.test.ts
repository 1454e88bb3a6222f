import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CallbacksOf, connectInMemory } from '@doorcall/core';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Program } from '../../support/program.js';
import { chat } from '../src/contract.js';
import { chatHandlers } from '../src/server/handlers.js';

const built = (file: string) => new URL(`../dist/${file}`, import.meta.url);

describe('a server and its clients, a process each', () => {
  let environment: NodeJS.ProcessEnv;
  let server: Program;

  beforeEach(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
    environment = { DOORCALL_DIR: folder };
    server = new Program(built('server/main.js'), [], environment);
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await server.says(/ready at/);
  });

  async function join(name: string): Promise<Program> {
    const client = new Program(built('client/main.js'), ['tea', name], environment);
    await client.says(/you are in tea/);
    return client;
  }

  test('what one says the other hears, and whoever says it is told its number', async () => {
    const ann = await join('ann');
    const bob = await join('bob');
    await ann.says(/bob: has come\n/);
    ann.write('hello\n');
    await bob.says(/ann: hello\n/);
    await ann.says(/\(3\)\n/);
    bob.write('hi\nhow are you?\n');
    await ann.says(/bob: hi\nbob: how are you\?\n/);
    bob.write('/members\n');
    await bob.says(/members: ann, bob\n/);
    // Nobody hears oneself.
    expect(bob.output).not.toContain('bob: hi');
  });

  test('who comes later reads what was said before', async () => {
    const ann = await join('ann');
    ann.write('one\ntwo\n');
    await ann.says(/\(3\)\n/);
    const bob = await join('bob');
    expect(bob.output).toMatch(/ann: one\nann: two\n[\s\S]*you are in tea/);
  });

  test('/quit leaves the room, and the name is free', async () => {
    const ann = await join('ann');
    const bob = await join('bob');
    bob.write('/quit\n');
    await ann.says(/bob: has left\n/);
    expect(await bob.exited).toBe(0);
    await join('bob');
  });

  test('who is killed has left, too', async () => {
    const ann = await join('ann');
    const bob = await join('bob');
    bob.signal('SIGKILL');
    await ann.says(/bob: has left\n/);
    await join('bob');
  });

  test('a name that is taken is refused, and says who is there', async () => {
    await join('ann');
    const other = new Program(built('client/main.js'), ['tea', 'ann'], environment);
    expect(await other.exited).toBe(1);
    expect(other.output).toContain('somebody is ann already; there are ann');
  });

  test('when the server is killed its members are told', async () => {
    const ann = await join('ann');
    server.signal('SIGKILL');
    await ann.says(/UNAVAILABLE/);
    expect(await ann.exited).toBe(1);
  });

  test('SIGTERM ends the server at once, whoever chats', async () => {
    const ann = await join('ann');
    server.signal('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(await ann.exited).toBe(1);
  });
});

test('the same handlers in memory', async () => {
  const heard: string[] = [];
  const callbacks: CallbacksOf<typeof chat> = { notify: ({ message }) => void heard.push(message.text) };
  await using client = connectInMemory(chat, chatHandlers(), { client: { callbacks } });
  using ann = await client.join({ room: 'tea', name: 'ann' });
  using _bob = await client.join({ room: 'tea', name: 'bob' });
  for await (const _number of ann.say(['hello'])) break;
  expect(await ann.members()).toEqual(['ann', 'bob']);
  // For ann bob's coming, for bob what ann said.
  expect(heard).toEqual(['has come', 'hello']);
});
