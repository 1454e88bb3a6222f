import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { until } from '../shm/support/places.js';
import type { Actor } from './support/actor.js';
import { type Load, numbered, outcomeOf, World } from './support/world.js';

const CONCURRENCY = 32;
/** `__SO_ACCEPTCON` among the flags of a socket. */
const LISTENS = '00010000';

/** Sockets with the path of one that a process listens at: those that wait to be accepted have it, too. */
function socketsLike(pid: number): number {
  const fds = readdirSync(`/proc/${pid}/fd`);
  const own = new Set(fds.map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  const sockets = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const listeners = sockets.filter(
    ([, , , flags, , , inode, path]) => flags === LISTENS && path && own.has(`socket:[${inode}]`),
  );
  const paths = new Set(listeners.map(([, , , , , , , path]) => path));
  return sockets.filter(([, , , , , , , path]) => path !== undefined && paths.has(path)).length;
}

/** Lets a loaded client make some more calls. */
async function callsMore(client: Actor): Promise<void> {
  const { calls } = await client.tell<Load>('load');
  while ((await client.tell<Load>('load')).calls < calls + 500);
}

describe('a server that is replaced', () => {
  test('under load, again and again: no call fails, and every old process ends by itself', async () => {
    const world = new World();
    let server = await world.serve();
    const client = await world.client();
    await client.tell('startLoad', { concurrency: CONCURRENCY });
    for (let restart = 0; restart < 5; restart += 1) {
      await callsMore(client);
      const old = server;
      server = await world.serve({ onTaken: 'replace' });
      expect(await old.exited).toEqual({ code: 0, signal: null });
    }
    await callsMore(client);
    expect(await client.tell<Load>('stopLoad')).toMatchObject({ failures: [], wrong: [] });
  });

  test('finishes what it has taken while new calls go to its successor', async () => {
    const world = new World();
    const old = await world.serve();
    const client = await world.connect();
    const slow = client.hold('slow');
    await client.held('slow');
    const releasedLater = outcomeOf(client.hold('released later'));
    await client.held('released later');
    const next = await world.serve({ onTaken: 'replace' });
    while ((await client.run('who')) !== next.pid);
    // Nobody else can reach the old one any more, so it ends its calls when it is told over IPC.
    await old.tell('release', { call: 'slow' });
    expect(await slow).toBe(old.pid);
    expect(old.child.exitCode).toBe(null);
    await old.tell('release', { call: 'released later' });
    expect(await releasedLater).toMatchObject({ value: old.pid });
    expect(await old.exited).toEqual({ code: 0, signal: null });
  });
});

describe('three instances', () => {
  test('are enough for a client that keeps to one: it goes past the socket that a killed one has left', async () => {
    const world = new World();
    const servers = await Promise.all([1, 2, 3].map(() => world.serve({ onTaken: 'join' })));
    const client = await world.connect({ maxConnections: 1 });
    const own = await client.run('whose');
    const first = servers.find(({ pid }) => pid === own);
    await first?.killed();
    expect(servers.map(({ pid }) => pid).filter((pid) => pid !== own)).toContain(await client.run('next'));
  });

  test('of which one stands still do not keep a client from one that comes back', async () => {
    const world = new World();
    const first = await world.serve();
    const second = await world.serve({ onTaken: 'join' });
    // Longer than any test waits: only what happens can end an attempt.
    const client = await world.connect({ maxConnections: 1, connectTimeoutMs: 3_600_000 });
    expect(await client.run('whose')).toBe(first.pid);
    await second.stop();
    const before = socketsLike(second.pid);
    expect(before).toBeGreaterThan(0);
    await first.killed();
    await until(() => socketsLike(second.pid) > before);
    const next = await world.serve();
    expect(await client.run('next')).toBe(next.pid);
  });

  test('share the calls, and one that is killed takes only its own with it', async () => {
    const world = new World();
    const servers = await Promise.all([1, 2, 3].map(() => world.serve({ onTaken: 'join' })));
    const client = await world.connect();
    const controls = await Promise.all(['main', 'main-2', 'main-3'].map((name) => world.connect({ name })));
    const seen = new Set<number>();
    while (seen.size < 3) {
      for (const pid of await Promise.all(numbered(3).map((id) => client.run(id)))) seen.add(pid);
    }

    const ids = numbered(30);
    const calls = ids.map((id) => outcomeOf(client.hold(id)));
    const homes = await Promise.all(
      ids.map((id) => Promise.any(controls.map((control, index) => control.held(id).then(() => index)))),
    );
    for (const index of [0, 1, 2]) expect(homes.filter((home) => home === index)).toHaveLength(10);

    const [victim] = controls;
    const victimPid = await victim?.run('who are you');
    await servers.find(({ pid }) => pid === victimPid)?.killed();
    const lost = await Promise.all(calls.filter((_, index) => homes[index] === 0));
    expect(lost).toEqual(
      Array.from({ length: 10 }, () => expect.objectContaining({ code: 'UNAVAILABLE', maybeExecuted: true })),
    );
    await Promise.all(
      ids.map((id, index) => homes[index] !== 0 && controls[homes[index] as number]?.release(id)),
    );
    const kept = await Promise.all(calls.filter((_, index) => homes[index] !== 0));
    expect(kept.filter(({ code }) => code !== undefined)).toEqual([]);
    expect(kept).toHaveLength(20);
  });

  test('one that is killed under load costs no more calls than were in flight', async () => {
    const world = new World();
    const servers = await Promise.all([1, 2, 3].map(() => world.serve({ onTaken: 'join' })));
    const client = await world.client();
    await client.tell('startLoad', { concurrency: CONCURRENCY });
    await callsMore(client);
    await servers[1]?.killed();
    await callsMore(client);
    const { failures, wrong } = await client.tell<Load>('stopLoad');
    expect(wrong).toEqual([]);
    expect(failures.length).toBeLessThanOrEqual(CONCURRENCY);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: true });
    }
  });

  test('one that comes is called, too, and one that drains is not called any more', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.client();
    await client.tell('startLoad', { concurrency: CONCURRENCY });
    await callsMore(client);
    const second = await world.serve({ onTaken: 'join' });
    const control = await world.connect({ name: 'main-2' });
    const callsOf = async () => (await second.tell<{ calls: number }>('stats')).calls;
    while ((await callsOf()) < 500);
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await callsMore(client);
    expect(await control.run('still here')).toBe(second.pid);
    expect(await client.tell<Load>('stopLoad')).toMatchObject({ failures: [], wrong: [] });
  });
});
