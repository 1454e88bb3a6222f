import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServiceClient } from '../../src/client/stub.js';
import { OVERDUE } from '../../src/contract/call-errors.js';
import { connectInMemory, type InMemoryOptions } from '../../src/in-memory.js';
import { RpcError, type RpcErrorOptions } from '../../src/index.js';
import { echo } from '../behaviour/services.js';
import { failureOf, gate, until } from '../behaviour/waiting.js';

type Echo = ServiceClient<typeof echo>;

function open(say: (text: string) => string | Promise<string>, options: InMemoryOptions = {}): Echo {
  const client = connectInMemory(echo, { say, nothing: () => {}, note: () => {} }, options);
  onTestFinished(() => client.close());
  return client;
}

const never = () => new Promise<string>(() => {});

describe('a deadline', () => {
  test('reads the same whoever notices it first, and says what was asked for', async () => {
    const client = open(never);
    await client.ready();
    const first = await failureOf(client.say('x', { timeoutMs: 40 }));
    expect(first.message).toBe('DEADLINE_EXCEEDED: echo/say was not answered within 40 ms');
    // While the thread is busy the deadline passes for both sides: it is left to chance whose timer comes first.
    const calls = Array.from({ length: 20 }, (_, i) => failureOf(client.say(`${i}`, { timeoutMs: 40 })));
    const busyUntil = performance.now() + 60;
    while (performance.now() < busyUntil);
    const messages = (await Promise.all(calls)).map(({ message }) => message);
    expect(new Set(messages)).toEqual(new Set([first.message]));
  });

  test('that the server noticed first is worded by the client', async () => {
    const client = open(() => {
      // What a server says that keeps the deadline before its client does.
      throw new RpcError('DEADLINE_EXCEEDED', OVERDUE);
    });
    expect(await failureOf(client.say('x', { timeoutMs: 4_000 }))).toMatchObject({
      message: 'DEADLINE_EXCEEDED: echo/say was not answered within 4000 ms',
      origin: 'server',
      maybeExecuted: true,
      method: 'echo/say',
    });
  });

  test('of the handler’s own making keeps its words', async () => {
    const client = open(() => {
      throw new RpcError('DEADLINE_EXCEEDED', 'the bank was too slow');
    });
    expect((await failureOf(client.say('x'))).message).toBe('DEADLINE_EXCEEDED: the bank was too slow');
  });

  test('that is inherited, or has passed before, says so', async () => {
    const inner = open(never);
    await inner.ready();
    const seen: RpcError[] = [];
    const outer = open(async () => {
      seen.push(await failureOf(inner.say('x')));
      return '';
    });
    await failureOf(outer.say('x', { timeoutMs: 50 }));
    await until(() => seen.length === 1);
    expect(seen[0]?.message).toMatch(
      /^DEADLINE_EXCEEDED: echo\/say was not answered within \d+ ms, which the call it was made in had left$/,
    );
    expect((await failureOf(inner.say('x', { deadline: Date.now() - 1_000 }))).message).toBe(
      'DEADLINE_EXCEEDED: echo/say was not answered within 0 ms: its deadline had passed before',
    );
  });
});

describe('the stack of a failed call', () => {
  async function placeOrder(client: Echo): Promise<string> {
    const id = await client.say('x', { timeoutMs: 20 });
    return `order ${id}`;
  }
  async function handleRequest(client: Echo): Promise<string> {
    const order = await placeOrder(client);
    return order.trim();
  }
  // Source maps, as the test runner applies them, take `async` away.
  const callers = /at (async )?placeOrder .*\n +at (async )?handleRequest /;

  test.each([
    ['DEADLINE_EXCEEDED', never],
    [
      'NOT_FOUND',
      () => {
        throw new RpcError('NOT_FOUND', 'no');
      },
    ],
  ])('names its callers: %s', async (code, say) => {
    const client = open(say);
    await client.ready();
    const error = await failureOf(handleRequest(client));
    expect(error.code).toBe(code);
    expect(error.stack).toMatch(callers);
    expect(error.stack?.startsWith(`RpcError: ${error.message}\n`)).toBe(true);
  });

  test('names them through interceptors, and when nothing was sent', async () => {
    const client = open(never, { client: { interceptors: [async (_, next) => next()] } });
    expect((await failureOf(handleRequest(client))).stack).toMatch(callers);
    await client.close();
    expect((await failureOf(handleRequest(client))).stack).toMatch(callers);
  });
});

describe('console.log', () => {
  test('shows of a client what it is connected with, and not its insides', async () => {
    const held = gate<string>();
    const client = open(() => held.opened);
    await client.ready();
    const call = client.say('x');
    expect(inspect(client)).toMatch(
      /^DoorcallClient \{\s+service: 'echo',\s+methods: \[ 'note', 'nothing', 'say' \],\s+connections: 1,\s+inFlight: 1,/,
    );
    expect(inspect({ deep: { deeper: { deepest: client } } })).toContain('[DoorcallClient]');
    held.open('');
    await call;
    expect(Object.keys(client)).not.toContain('inspect');
  });
});

test('the options of an RpcError have a type', () => {
  const options: RpcErrorOptions = { origin: 'server', metadata: { 'retry-after': '5' } };
  expect(new RpcError('UNAVAILABLE', 'later', options)).toMatchObject(options);
});
