import { describe, expect, test } from 'vitest';
import type { Actor } from './support/actor.js';
import { Desk } from './support/desk.js';
import { type Outcome, World } from './support/world.js';

interface Blocked extends Outcome {
  /** What the client's callbacks were called with before its thread went on. */
  readonly heard: readonly string[];
}

const heard = async (client: Actor, ...texts: string[]) => {
  let list: string[];
  do list = await client.tell<string[]>('heard');
  while (list.length < texts.length);
  expect(list).toEqual(texts);
};

describe('a client that is blocked in .sync()', () => {
  test('is not called back by the handler that it waits for: the call is refused at once', async () => {
    const desk = new Desk();
    await desk.serve();
    const client = await desk.client();
    const input = { callback: 'confirm', text: 'really' };
    const { value } = await client.tell<Blocked>('sync', { method: 'ask', input });
    expect(value).toMatch(/^FAILED_PRECONDITION false .*blocked in a \.sync\(\) call/);
    // Whoever does not block is called.
    expect(await client.tell('call', { method: 'ask', input })).toEqual({ value: 'yes, really' });
  });

  test('hears a one-way call when it goes on', async () => {
    const desk = new Desk();
    await desk.serve();
    const client = await desk.client();
    const input = { callback: 'notify', text: 'dinner' };
    const { value, heard: before } = await client.tell<Blocked>('sync', { method: 'ask', input });
    expect([value, before]).toEqual(['undefined', []]);
    await heard(client, 'dinner');
  });

  test('nor is a door of its own called, which it sends along: one-way calls come later', async () => {
    const desk = new Desk();
    await desk.serve();
    const client = await desk.client();
    const { value } = await client.tell<Outcome>('listen', { text: 'shout', blocking: true });
    expect(value).toMatch(/^FAILED_PRECONDITION false .*session\/echo.*blocked in a \.sync\(\) call/);
    await heard(client, 'hint shout');
    expect(await client.tell('listen', { text: 'shout' })).toEqual({ value: 'SHOUT' });
  });

  test.each([
    ['kept from another call', 'askRemembered', 'yes, x'],
    ['called outside of the call', 'askDetached', 'yes, x'],
    ['a door that was kept', 'askKept', 'X'],
  ])('is refused at once, too: %s', async (_, method, answer) => {
    const desk = new Desk();
    await desk.serve();
    const client = await desk.client();
    await client.tell('call', { method: 'remember' });
    await client.tell('keep');
    const { value } = await client.tell<Blocked>('sync', { method, input: 'x' });
    expect(value).toMatch(/^FAILED_PRECONDITION false .*blocked in a \.sync\(\) call/);
    expect(await client.tell('call', { method, input: 'x' })).toEqual({ value: answer });
  });

  test('is refused to the first handler of a server that has waited for something before', async () => {
    const desk = new Desk();
    await desk.serve();
    const client = await desk.client();
    const { value } = await client.tell<Blocked>('sync', { method: 'askLate', input: 'x' });
    expect(value).toMatch(/^FAILED_PRECONDITION false .*blocked in a \.sync\(\) call/);
  });

  test('is called when that call is over, by what was kept of it', async () => {
    const desk = new Desk();
    await desk.serve();
    const [client, other] = [await desk.client(), await desk.client()];
    await client.tell('sync', { method: 'remember' });
    const asked = { method: 'askRemembered', input: 'x' };
    expect(await other.tell('call', asked)).toEqual({ value: 'yes, x' });
    expect(await client.tell('call', asked)).toEqual({ value: 'yes, x' });
    await client.tell('sync', { method: 'askAfterwards', input: 'y' });
    expect(await other.tell('call', { method: 'afterwards' })).toEqual({ value: 'yes, y' });
  });

  test('answers calls that it does not wait for when it goes on', async () => {
    const desk = new Desk();
    const server = await desk.serve();
    const [client, other] = [await desk.client(), await desk.client()];
    await client.tell('call', { method: 'remember' });
    await other.tell('open', { name: 'ann' });
    const blocked = client.tell('sync', { method: 'unreferenced', input: 'ann' });
    const inFlight = async () => (await server.tell<{ inFlight: number }>('stats')).inFlight;
    while ((await inFlight()) < 1);
    const asked = other.tell('call', { method: 'askRemembered', input: 'x' });
    while ((await inFlight()) < 2);
    await other.tell('letGo');
    await blocked;
    expect(await asked).toEqual({ value: 'yes, x' });
  });

  test('of another connection answers callbacks when it goes on', async () => {
    const world = new World();
    await world.serve();
    const control = await world.connect();
    const desk = new Desk(world.directory);
    await desk.serve();
    const [client, other] = [await desk.client(), await desk.client()];
    await client.tell('call', { method: 'remember' });
    await client.tell('readyOther');
    const blocked = client.tell('blockOnOther', { text: 'x' });
    await control.held('x');
    let answered = false;
    const asked = other.tell('call', { method: 'askRemembered', input: 'later' }).finally(() => {
      answered = true;
    });
    // The server has sent the call, and goes on with others.
    expect(await other.tell('call', { method: 'echo', input: 'on' })).toEqual({ value: 'on' });
    expect(answered).toBe(false);
    await control.release('x');
    await blocked;
    expect(await asked).toEqual({ value: 'yes, later' });
  });
});

describe('clients and servers whose callbacks differ', () => {
  const ask = (client: Actor, callback: string) =>
    client.tell<Outcome>('call', { method: 'ask', input: { callback, text: 'x' } });

  test('a newer server gets UNIMPLEMENTED for a callback that the client has not; the others work', async () => {
    const desk = new Desk();
    await desk.serve({ version: 'v2' });
    const client = await desk.client({ version: 'v1' });
    expect((await ask(client, 'rate')).value).toMatch(/^UNIMPLEMENTED false /);
    expect((await ask(client, 'confirm')).value).toBe('yes, x');
    await ask(client, 'notify');
    await heard(client, 'x');
  });

  test('a client without any is called by none, and calls as ever', async () => {
    const desk = new Desk();
    await desk.serve({ version: 'v1' });
    const client = await desk.client({ version: 'plain' });
    for (const callback of ['confirm', 'notify'])
      expect((await ask(client, callback)).value).toMatch(/^UNIMPLEMENTED false /);
    expect(await client.tell('call', { method: 'echo', input: 'x' })).toEqual({ value: 'x' });
  });

  test('a newer client serves more than an older server asks for', async () => {
    const desk = new Desk();
    await desk.serve({ version: 'v1' });
    const client = await desk.client({ version: 'v2' });
    expect((await ask(client, 'confirm')).value).toBe('yes, x');
  });
});

test('a client that is killed while it is asked ends the call of the server', async () => {
  const desk = new Desk();
  await desk.serve();
  const [client, other] = [await desk.client(), await desk.client()];
  await client.tell('call', { method: 'remember' });
  await client.stop();
  const asked = other.tell<Outcome>('call', { method: 'askRemembered', input: 'x' });
  await other.tell('call', { method: 'echo', input: 'on' });
  await client.killed();
  expect((await asked).value).toMatch(/^UNAVAILABLE false /);
  // There is nobody to ask any more.
  const late = await other.tell<Outcome>('call', { method: 'askRemembered', input: 'x' });
  expect(late.value).toMatch(/^UNAVAILABLE false /);
});
