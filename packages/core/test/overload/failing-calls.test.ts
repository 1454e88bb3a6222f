import { describe, expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import type { Actor } from '../process/support/actor.js';
import { becomes, counted, holdsAgain, resourcesOf, steady } from '../process/support/resources.js';
import { until } from '../shm/support/places.js';
import { Crowd } from './support/crowd.js';
import { report } from './support/figures.js';
import { LONG } from './support/scale.js';
import { canTrace, isOurs, type TracedCall, Tracing } from './support/tracing.js';

const ERRNOS = ['ENOMEM', 'EMFILE', 'ENFILE', 'EINVAL', 'ENOSYS'] as const;
/** What is passing, or what this machine cannot do. Nothing that a caller would take for its own mistake. */
const TYPED = /^(UNAVAILABLE|RESOURCE_EXHAUSTED|FAILED_PRECONDITION|UNIMPLEMENTED|DEADLINE_EXCEEDED)$/;
const ANSWER = { value: 'once' };

interface Bed {
  readonly crowd: Crowd;
  readonly server: Actor;
  /** Connected all along. */
  readonly polite: Actor;
  /** Connects, calls and closes when it is told to. */
  readonly visitor: Actor;
}

async function bed(): Promise<Bed> {
  const crowd = new Crowd();
  const server = await crowd.serve({ logger: false });
  const polite = await crowd.client();
  await polite.tell('call');
  const visitor = crowd.unready({ connectTimeoutMs: 2_000 });
  for (let round = 0; round < 3; round += 1) expect(await visitor.tell('visit')).toEqual(ANSWER);
  return { crowd, server, polite, visitor };
}

const settled = async ({ server, visitor }: Bed) => {
  while ((await server.tell<ServerStats>('stats')).connections > 1);
  await until(() => resourcesOf(server.pid).segments === 2 && resourcesOf(visitor.pid).segments === 0);
};
const held = ({ server, visitor }: Bed) => [server, visitor].map(({ pid }) => counted(resourcesOf(pid)));

/** What one side calls in one visit, as a run that only watches finds out. */
async function recorded(bed: Bed, side: 'server' | 'visitor'): Promise<TracedCall[]> {
  const tracing = await Tracing.of(bed[side].pid);
  expect(await bed.visitor.tell('visit')).toEqual(ANSWER);
  return (await tracing.end()).filter(isOurs);
}

describe.runIf(canTrace)('a system call that fails while', () => {
  test.each([
    ['server', 'a server accepts'],
    ['visitor', 'a client connects'],
  ] as const)(
    '(%s) %s: a typed error or none, nothing left, and the next one gets in',
    async (side, _what) => {
      const place = await bed();
      const calls = await recorded(place, side);
      // The whole handshake must have been seen, not a piece of it.
      const names = new Set(calls.map(({ name }) => name));
      for (const name of [
        'sendmsg',
        'recvmsg',
        'memfd_create',
        'fallocate',
        'mmap',
        'madvise',
        'fcntl',
        'eventfd2',
      ])
        expect(names).toContain(name);
      expect(names).toContain(side === 'server' ? 'accept4' : 'connect');
      await settled(place);
      const baseline = await steady(() => held(place));
      const outcomes: Record<string, number> = {};
      let missed = 0;
      let cases = 0;
      for (const [index, { name, ordinal, line }] of calls.entries()) {
        // The short form: each call once, and every errno among them.
        const errnos = LONG ? ERRNOS : [ERRNOS[index % ERRNOS.length] as string];
        for (const errno of errnos) {
          const what = `${name} ${ordinal} ${errno}: ${line}`;
          const tracing = await Tracing.of(place[side].pid, `${name}:error=${errno}:when=${ordinal}`);
          const outcome = await place.visitor.tell<{ value?: string; code?: string }>('visit');
          const hit = (await tracing.end()).filter(({ injected }) => injected);
          if (!hit.some(isOurs)) missed += 1;
          // A descriptor that the kernel knows nothing about is the fault of whoever sent it.
          const blamed = side === 'server' ? 'INVALID_ARGUMENT' : 'INTERNAL';
          const itsFault = (errno === 'EINVAL' || errno === 'ENOSYS') && outcome.code === blamed;
          if (outcome.code !== undefined && !itsFault) expect(outcome.code, what).toMatch(TYPED);
          const key = outcome.code ?? 'answered';
          outcomes[key] = (outcomes[key] ?? 0) + 1;
          cases += 1;
          expect(await place.polite.tell('call'), what).toEqual(ANSWER);
          expect(await place.visitor.tell('visit'), what).toEqual(ANSWER);
          await settled(place);
          await becomes(() => held(place), baseline, what);
        }
      }
      report(`failing calls, ${side}`, {
        calls: calls.length,
        names: names.size,
        cases,
        missed,
        ...outcomes,
      });
      // Another call of the same name may come first now and then; most must have been ours.
      expect(missed).toBeLessThan(cases / 10);
    },
    600_000,
  );

  test.each([
    ['memfd_create', 'EINVAL', 'MFD_NOEXEC_SEAL is not known (before Linux 6.3)'],
    ['pidfd_open', 'ENOSYS', 'there are no pidfds (before Linux 5.3)'],
  ])('%s fails with %s: %s, and calls and deaths are as ever', async (name, errno) => {
    const crowd = new Crowd();
    const server = await crowd.serve();
    const polite = await crowd.client();
    const before = await steady(() => counted(resourcesOf(server.pid)));
    // The first of each connection: the second attempt, without the flag, is let through.
    const tracing = await Tracing.of(server.pid, `${name}:error=${errno}:when=1`);
    const client = await crowd.client();
    expect((await tracing.end()).filter(({ injected }) => injected)).toHaveLength(1);
    expect(await client.tell('call')).toEqual(ANSWER);
    await client.killed();
    await holdsAgain(server.pid, before);
    expect(await polite.tell('call')).toEqual(ANSWER);
    const second = await crowd.client();
    await second.tell('call');
    expect(await second.tell('call')).toEqual(ANSWER);
  });

  test('a client that got no pidfd of its server hears of its death by the socket', async () => {
    const crowd = new Crowd();
    const server = await crowd.serve();
    const tracing = await Tracing.of(server.pid, 'pidfd_open:error=ENOSYS:when=1');
    const client = await crowd.client();
    expect((await tracing.end()).some(({ injected }) => injected)).toBe(true);
    const call = client.tell('burst', { method: 'never', input: 'x', times: 3, timeoutMs: 600_000 });
    while ((await server.tell<number>('waiting')) < 3);
    await server.killed();
    expect(await call).toEqual({ UNAVAILABLE: 3 });
  });
});

test.runIf(!canTrace)('nothing was injected: strace is missing, or may not trace here', () => {
  console.warn('failing system calls were not tried: no strace that may trace (Debian: apt install strace)');
});
