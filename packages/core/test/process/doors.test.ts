import { describe, expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { failureOf } from '../behaviour/waiting.js';
import { Desk } from './support/desk.js';

const GONE = { code: 'UNAVAILABLE', origin: 'transport' };

describe('a client that holds a door', () => {
  test('and is killed: the owner is told, and calls in progress are cancelled', async () => {
    const desk = new Desk();
    const server = await desk.serve();
    const control = await desk.connect();
    const client = await desk.client();
    await client.tell('open', { name: 'ann' });
    client.tell('door', { method: 'hold', input: 'x' }).catch(() => {});
    await control.held({ id: 'x', count: 1 });
    client.kill();
    await Promise.all([control.unreferenced('ann'), control.aborted('x')]);
    await control.release('x');
    expect(await control.echo('on')).toBe('on');
    while ((await server.tell<ServerStats>('stats')).inFlight > 0);
  });

  test('and loses its server: calls end at once, and letting go does no harm', async () => {
    const desk = new Desk();
    const server = await desk.serve();
    const client = await desk.connect();
    const ann = await client.open('ann');
    const call = failureOf(ann.hold('x'));
    await client.held({ id: 'x', count: 1 });
    await server.killed();
    expect(await call).toMatchObject({ ...GONE, maybeExecuted: true });
    expect(await failureOf(ann.echo('x'))).toMatchObject({ ...GONE, maybeExecuted: false });
    await expect(ann.count(3).next()).rejects.toMatchObject(GONE);
    expect(() => ann.echo.sync('x')).toThrow('UNAVAILABLE');
    ann[Symbol.dispose]();
    // The next server knows nothing of it, and is called as ever.
    await desk.serve();
    expect(await client.echo('again')).toBe('again');
    using bob = await client.open('bob');
    expect(await bob.echo('x')).toBe('x');
  });

  test('does not keep a server that drains: what runs completes, what comes later is refused', async () => {
    const desk = new Desk();
    const server = await desk.serve();
    const client = await desk.connect();
    const ann = await client.open('ann');
    const call = ann.hold('x');
    await client.held({ id: 'x', count: 1 });
    const drained = server.tell('drain');
    let refused: unknown;
    do refused = await ann.echo('late').catch((error: unknown) => error);
    while (refused === 'late');
    expect(refused).toMatchObject({ ...GONE, maybeExecuted: false });
    // By IPC: the service takes no calls any more.
    await server.tell('release', { text: 'x' });
    expect(await call).toBe('x');
    await drained;
    await server.exited;
  });

  test('waits with calls beyond the limit of its connection, and cancels one that waits', async () => {
    const desk = new Desk();
    const server = await desk.serve({ limits: { maxInFlightPerConnection: 2 } });
    const client = await desk.connect();
    const control = await desk.connect();
    const ann = await client.open('ann');
    const held = [ann.hold('x'), ann.hold('x')];
    await control.held({ id: 'x', count: 2 });
    const controller = new AbortController();
    const cancelled = failureOf(ann.echo('cancelled', { signal: controller.signal }));
    const late = failureOf(ann.echo('late', { timeoutMs: 1 }));
    const waiting = ann.echo('third');
    expect(() => ann.echo.sync('blocking')).toThrow('RESOURCE_EXHAUSTED');
    controller.abort();
    expect(await cancelled).toMatchObject({ code: 'CANCELLED', maybeExecuted: false });
    expect(await late).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
    expect((await server.tell<ServerStats>('stats')).inFlight).toBe(2);
    await control.release('x');
    expect(await Promise.all([...held, waiting])).toEqual(['x', 'x', 'third']);
    expect(ann.echo.sync('blocking')).toBe('blocking');
  });
});
