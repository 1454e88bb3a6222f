import { describe, expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { counted, holdsAgain, resourcesOf, steady } from '../process/support/resources.js';
import { Crowd } from './support/crowd.js';
import { report } from './support/figures.js';
import { MemoryGroup } from './support/memory-group.js';

const MIB = 1024 * 1024;
type Codes = Readonly<Record<string, number>>;
const CALL = { value: 'once' };

function group(bytes: number): MemoryGroup {
  const made = new MemoryGroup(bytes);
  made.removeAfterTest();
  return made;
}

describe.runIf(MemoryGroup.possible)('memory capped by a cgroup', () => {
  test('a server whose quotas fit into it lives, whatever its clients want', async () => {
    const crowd = new Crowd();
    const cap = 256 * MIB;
    const capped = group(cap);
    // Rings of 96 connections at most, and 16 MiB of answers.
    const limits = { maxQueuedBytes: 4 * MIB, maxQueuedBytesInAll: 16 * MIB };
    const server = await crowd.serve({ limits, logger: false });
    capped.add(server.pid);
    const polite = await crowd.client();
    const greedy = await crowd.client({ clients: 64 });
    const times = 64 * 128;
    const codes = greedy.tell<Codes>('burst', { method: 'fill', input: 65_536, times, timeoutMs: 600_000 });
    for (let round = 0; round < 5; round += 1) {
      await greedy.stop();
      expect((await polite.tell<number[]>('measure', { calls: 50 })).length).toBe(50);
      greedy.kill('SIGCONT');
      await polite.tell('measure', { calls: 10 });
    }
    expect(await codes).toEqual({ OK: times });
    report('memory cap, quotas that fit', {
      capMiB: cap / MIB,
      askedMiB: (times * 65_536) / MIB,
      peakMiB: capped.peakBytes / MIB,
      kills: capped.kills,
    });
    expect(capped.kills).toBe(0);
    expect(await polite.tell('call')).toEqual(CALL);
  });

  test('a server whose handlers need more than there is is killed: its callers know, and the next one serves', async () => {
    const crowd = new Crowd();
    const capped = group(128 * MIB);
    const server = await crowd.serve({ logger: false });
    capped.add(server.pid);
    const polite = await crowd.client();
    const greedy = await crowd.client();
    const held = polite.tell<Codes>('burst', { method: 'never', input: 'x', times: 5, timeoutMs: 600_000 });
    while ((await server.tell<number>('waiting')) < 5);
    const fatal = greedy.tell<Codes>('burst', {
      method: 'fill',
      input: 512 * MIB,
      times: 1,
      timeoutMs: 600_000,
    });
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(capped.kills).toBeGreaterThan(0);
    expect(await held).toEqual({ UNAVAILABLE: 5 });
    expect(await fatal).toEqual({ UNAVAILABLE: 1 });
    await crowd.serve({ logger: false });
    expect(await polite.tell('call')).toEqual(CALL);
    report('memory cap, handlers of a server', { kills: capped.kills });
  });

  test('a client that is killed by its cap costs the server nothing, and nobody else notices', async () => {
    const crowd = new Crowd();
    const server = await crowd.serve({ logger: false });
    const polite = await crowd.client();
    await polite.tell('call');
    const before = await steady(() => counted(resourcesOf(server.pid)));
    const capped = group(96 * MIB);
    const greedy = await crowd.client({ maxQueuedBytes: 1024 * MIB, maxQueuedCalls: 1_000_000 });
    capped.add(greedy.pid);
    const served = polite.tell<number[]>('measure', { calls: 200 });
    greedy
      .tell('burst', { method: 'keep', size: 65_536, times: 100_000, timeoutMs: 600_000 })
      .catch(() => {});
    expect(await greedy.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(capped.kills).toBeGreaterThan(0);
    expect((await served).length).toBe(200);
    await server.tell('release');
    while ((await server.tell<ServerStats>('stats')).connections > 1);
    await holdsAgain(server.pid, before);
    report('memory cap, a client', { kills: capped.kills });
  });
});

test.runIf(!MemoryGroup.possible)(
  'nothing was capped: this user can make no cgroup with a memory limit here',
  () => {
    console.warn('a memory cap was not tried: no cgroup could be made');
  },
);
