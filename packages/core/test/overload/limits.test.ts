import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import type { Actor } from '../process/support/actor.js';
import { counted, holdsAgain, resourcesOf, steady } from '../process/support/resources.js';
import { until } from '../shm/support/places.js';
import { Crowd, forgetPeak, peakRssKib } from './support/crowd.js';
import { report } from './support/figures.js';
import { flood } from './support/half-handshakes.js';
import { scaled } from './support/scale.js';

const MIB = 1024 * 1024;
/** What collection and allocator may keep beyond what is asked for. */
const SLACK_KIB = 80 * 1024;

/** What passes: it is nobody's mistake. */
const SHORTAGE = /^(UNAVAILABLE|RESOURCE_EXHAUSTED)$/;

interface Failure {
  readonly code: string;
  readonly message: string;
}

type Codes = Readonly<Record<string, number>>;
const stats = (server: Actor) => server.tell<ServerStats>('stats');

/** Whether its main thread waits for something. One that only has no processor, because others have them, does not. */
function asleep(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('S');
}

/** Resolves when the server has slept at 20 looks without taking a call: nothing is left that it may take. */
async function standstill(server: Actor): Promise<void> {
  for (let still = 0, calls = -1; still < 20; ) {
    const now = (await stats(server)).calls;
    await sleep(5);
    still = now === calls && asleep(server.pid) ? still + 1 : 0;
    calls = now;
  }
}

/** At how many of 100 looks it sleeps: at none if it goes round in a loop, however busy the machine is. */
async function sleepingLooks(server: Actor): Promise<number> {
  let looks = 0;
  for (let look = 0; look < 100; look += 1) {
    await sleep(10);
    if (asleep(server.pid)) looks += 1;
  }
  return looks;
}

describe('clients that stop reading', () => {
  test('hold no more than the quota for answers; everybody else is served; all is answered when they go on', async () => {
    const crowd = new Crowd();
    const limits = { maxQueuedBytes: 4 * MIB, maxQueuedBytesInAll: 16 * MIB };
    const server = await crowd.serve({ limits });
    const polite = await crowd.client();
    const clients = 16;
    const greedy = await crowd.client({ clients });
    await server.tell('collect');
    const before = resourcesOf(server.pid).rssKib;
    forgetPeak(server.pid);
    // 64 KiB each: 256 MiB of answers, if the server made them all.
    const times = clients * 256;
    const codes = greedy.tell<Codes>('burst', { method: 'fill', input: 65_536, times, timeoutMs: 600_000 });
    while ((await stats(server)).calls < clients);
    await greedy.stop();
    await standstill(server);
    expect(await polite.tell('call')).toEqual({ value: 'once' });
    const grewKib = peakRssKib(server.pid) - before;
    report('clients that stop reading', {
      clients,
      askedMiB: (times * 65_536) / MIB,
      grewMiB: grewKib / 1024,
    });
    expect(grewKib).toBeLessThan((16 * MIB) / 1024 + SLACK_KIB);
    greedy.kill('SIGCONT');
    expect(await codes).toEqual({ OK: times });
    await until(() => resourcesOf(server.pid).rssKib < before + (16 * MIB) / 1024 + SLACK_KIB);
    expect((await stats(server)).inFlight).toBe(0);
  });

  test('of streams hold a window each', async () => {
    const crowd = new Crowd();
    const server = await crowd.serve();
    const polite = await crowd.client();
    const greedy = await crowd.client();
    const before = resourcesOf(server.pid).rssKib;
    forgetPeak(server.pid);
    await greedy.tell('start', { way: 'pieces', concurrency: 64, size: 16_384 });
    await polite.tell('measure', { calls: 100 });
    await greedy.stop();
    expect((await polite.tell<number[]>('measure', { calls: 100 })).length).toBe(100);
    const grewKib = peakRssKib(server.pid) - before;
    report('streams that are not read', { streams: 64, grewMiB: grewKib / 1024 });
    // 64 windows of 256 KiB.
    expect(grewKib).toBeLessThan(16 * 1024 + SLACK_KIB);
    await greedy.killed();
    while ((await stats(server)).inFlight > 0);
    expect(await polite.tell('call')).toEqual({ value: 'once' });
  });
});

describe('handlers that never answer', () => {
  test('take their client its places, then all; what waits beyond is refused or late, by name; then all goes on', async () => {
    const crowd = new Crowd();
    const server = await crowd.serve({ limits: { maxInFlightPerConnection: 100, maxInFlight: 150 } });
    const polite = await crowd.client();
    const greedy = await crowd.client({ maxQueuedCalls: 1_000 });
    const burst = (client: Actor, times: number) =>
      client.tell<Codes>('burst', { method: 'never', input: 'x', times, timeoutMs: 600_000 });
    const first = burst(greedy, 5_000);
    while ((await server.tell<number>('waiting')) < 100);
    // 50 places are left to others.
    expect(await polite.tell('call', { timeoutMs: 30_000 })).toEqual({ value: 'once' });
    const second = await crowd.client({ maxQueuedCalls: 100 });
    const others = burst(second, 50);
    while ((await server.tell<number>('waiting')) < 150);
    expect(await polite.tell('call', { timeoutMs: 100 })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await stats(server)).toMatchObject({ inFlight: 150 });
    const release = setInterval(() => void server.tell('release').catch(() => {}), 5);
    expect(await first).toEqual({ OK: 1_100, RESOURCE_EXHAUSTED: 3_900 });
    expect(await others).toEqual({ OK: 50 });
    clearInterval(release);
    expect(await polite.tell('call')).toEqual({ value: 'once' });
    expect(await stats(server)).toMatchObject({ inFlight: 0, waitingConnections: 0 });
    report('handlers that never answer', { asked: 5_000, answered: 1_100, refused: 3_900 });
  });
});

test('a one-way flood holds a window at the server and a queue at the client; what is beyond is refused by name', async () => {
  const crowd = new Crowd();
  const server = await crowd.serve({ limits: { onewayWindow: 256 } });
  const polite = await crowd.client();
  const greedy = await crowd.client({ maxQueuedCalls: 1_000 });
  const before = resourcesOf(server.pid).rssKib;
  forgetPeak(server.pid);
  const times = 20_000;
  const codes = greedy.tell<Codes>('burst', { method: 'keep', size: 16_384, times, timeoutMs: 600_000 });
  while ((await server.tell<number>('waiting')) < 256);
  expect(await polite.tell('call')).toEqual({ value: 'once' });
  expect(await server.tell('waiting')).toBe(256);
  const grewKib = peakRssKib(server.pid) - before;
  expect(grewKib).toBeLessThan((256 * 16_384) / 1024 + SLACK_KIB);
  const release = setInterval(() => void server.tell('release').catch(() => {}), 5);
  const met = await codes;
  clearInterval(release);
  expect(Object.keys(met).sort()).toEqual(['OK', 'RESOURCE_EXHAUSTED']);
  expect(met.OK).toBeGreaterThanOrEqual(1_000);
  report('one-way flood', { sent: times, grewMiB: grewKib / 1024, ...met });
});

test('1,000 connections: each is answered, those that rest disturb nobody, and nothing is left of them', async () => {
  const connections = 1_000;
  const crowd = new Crowd();
  const server = await crowd.serve();
  const polite = await crowd.client();
  await polite.tell('call');
  const before = await steady(() => counted(resourcesOf(server.pid)));
  const processes = await Promise.all([1, 2, 3, 4].map(() => crowd.client({ clients: connections / 4 })));
  expect((await stats(server)).connections).toBe(connections + 1);
  for (let round = 0; round < scaled(2, 20); round += 1) {
    const answers = await Promise.all(processes.map((each) => each.tell<unknown[]>('callAll')));
    expect(answers.flat().every((answer) => answer === true)).toBe(true);
  }
  const during = resourcesOf(server.pid);
  await Promise.all(processes.map((each) => each.tell('close')));
  while ((await stats(server)).connections > 1);
  await holdsAgain(server.pid, before);
  report('connections', {
    connections,
    descriptors: during.descriptors,
    segments: during.segments,
    rssMiB: during.rssKib / 1024,
  });
});

test('half handshakes, as many as there may be, hold no memory; others are let in when they are over time', async () => {
  const crowd = new Crowd();
  const server = await crowd.serve();
  const polite = await crowd.client();
  const before = await steady(() => counted(resourcesOf(server.pid)));
  // More than one user may have under way (128), and longer than they may take.
  const held = flood(`${crowd.directory}/load`, 'silent', 1_000, 300);
  await held.ready;
  await until(() => resourcesOf(server.pid).descriptors >= before.descriptors + 128);
  expect(await polite.tell('call')).toEqual({ value: 'once' });
  expect(resourcesOf(server.pid).segments).toBe(before.segments);
  const late = crowd.unready();
  expect(await late.tell('call', { timeoutMs: 200 })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  await held.end();
  expect(await late.tell('call')).toEqual({ value: 'once' });
  await until(() => server.output.includes('too many handshakes under way'));
  // A few lines in two seconds, however many came.
  expect(server.output.split('a peer was turned away').length - 1).toBeLessThan(20);
  await late.tell('close');
  await until(() => resourcesOf(server.pid).descriptors === before.descriptors);
});

describe('64 descriptors', () => {
  const limit = (pid: number, to: string) => {
    // Only the soft limit, so that it can be raised again.
    const { status } = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${to}:`]);
    expect(status).toBe(0);
  };

  test('at the server: clients wait by name, those that are in are served, others follow', async () => {
    const crowd = new Crowd();
    const server = await crowd.serve();
    const first = await crowd.client();
    await first.tell('call');
    const before = await steady(() => counted(resourcesOf(server.pid)));
    limit(server.pid, '64');
    const many = crowd.unready({ clients: 30, connectTimeoutMs: 120_000 });
    const answers = many.tell<unknown[]>('callAll');
    await until(() => server.output.includes('Too many open files'));
    expect(await first.tell('call')).toEqual({ value: 'once' });
    const outside = crowd.unready({ connectTimeoutMs: 300 });
    const { code, message } = await outside.tell<Failure>('call', { timeoutMs: 60_000 });
    expect(code, message).toMatch(SHORTAGE);
    // It looks again every 100 ms and sleeps in between.
    const cpu = await server.tell<number>('cpuMs');
    const sleeping = await sleepingLooks(server);
    report('64 descriptors at the server', {
      cpuMsPerSecond: (await server.tell<number>('cpuMs')) - cpu,
      sleeping,
      connections: (await stats(server)).connections,
    });
    expect(sleeping).toBeGreaterThan(30);
    limit(server.pid, '4096');
    expect((await answers).every((answer) => answer === true)).toBe(true);
    await many.tell('close');
    await outside.killed();
    while ((await stats(server)).connections > 1);
    await holdsAgain(server.pid, before);
  });

  test('at the client: what cannot connect fails by name, what is connected goes on, and so does it all afterwards', async () => {
    const crowd = new Crowd();
    await crowd.serve();
    const client = crowd.unready({ clients: 30, connectTimeoutMs: 2_000 });
    // A process raises its own limit when it starts.
    await client.tell('tally');
    limit(client.pid, '64');
    const answers = await client.tell<(true | Failure)[]>('callAll');
    const failed = answers.filter((answer) => answer !== true);
    report('64 descriptors at the client', {
      connected: answers.length - failed.length,
      refused: failed.length,
    });
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(30);
    for (const { code, message } of failed as Failure[]) expect(code, message).toMatch(SHORTAGE);
    limit(client.pid, '4096');
    // It pauses between attempts, at times for longer than a call waits for a connection.
    while (!(await client.tell<unknown[]>('callAll')).every((answer) => answer === true));
  });
});
