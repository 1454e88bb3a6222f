import { setTimeout as sleep } from 'node:timers/promises';
import { report } from '../../overload/support/figures.js';
import type { Actor } from '../../process/support/actor.js';
import { type Resources, resourcesOf } from '../../process/support/resources.js';
import { mallocAddon } from './malloc-addon.js';
import { type Slope, slopeOf } from './slope.js';

/** What must be as before, to the last one. */
export type Exact = Omit<Resources, 'rssKib'>;

export function exactly(pid: number): Exact {
  const { rssKib: _, ...exact } = resourcesOf(pid);
  return exact;
}

const LOOKS = 2_000;

/** Looks until the condition holds, and gives up after some 10 s: what is compared next says what is still there. */
export async function settle(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS && !(await condition()); look += 1) await sleep(5);
}

const WINDOWS = 12;
const MOST_SERIES = 4;

/**
 * Bytes per cycle by which the interval's lower end may lie above zero. A leak is at least the slot that refers to
 * something (8 bytes), in malloc 32 bytes. RSS counts what malloc and V8 keep for later, too, and grows by hundreds of
 * bytes a cycle on Node 24 and 26 while nothing more is in use: it is judged for memory that neither of them knows of.
 */
export const MOST = { heap: 8, malloc: 8, rss: 1_024 };
type Kind = keyof typeof MOST;
const kinds = Object.keys(MOST) as Kind[];

/** What to measure after so many cycles in each window. */
export interface Cycles {
  readonly perWindow: number;
  /** How many times as many in the next series: what V8 does a few times weighs less in it. 1 by default. */
  readonly timesNext?: number;
  run(cycles: number): Promise<unknown>;
}

/**
 * Measures processes at the end of each window, after collections. What is made once grows them in the beginning, and an
 * interval of 95 % misses now and then; a leak is there in every series.
 * @returns what has grown in each series, up to four: nothing, unless there is a leak
 */
export async function leaks(
  what: string,
  actors: Readonly<Record<string, Actor>>,
  { perWindow, timesNext = 1, run }: Cycles,
  most: typeof MOST = MOST,
): Promise<string[]> {
  const addon = mallocAddon();
  const seen = Object.entries(actors).flatMap(([name, actor]) =>
    kinds.map((kind) => ({
      name,
      actor,
      kind,
      values: [] as number[],
      growing: true,
      shown: [] as string[],
    })),
  );
  for (let series = 0; series < MOST_SERIES && seen.some(({ growing }) => growing); series += 1) {
    const cycles = perWindow * timesNext ** series;
    for (const one of seen) one.values = [];
    for (let done = 0; done < WINDOWS; done += 1) {
      await run(cycles);
      for (const [name, actor] of Object.entries(actors)) {
        const inUse = await actor.tell<Omit<typeof MOST, 'rss'>>('memoryInUse', { addon });
        const bytes = { ...inUse, rss: resourcesOf(actor.pid).rssKib * 1_024 };
        for (const one of seen) if (one.name === name) one.values.push(bytes[one.kind]);
      }
    }
    for (const one of seen) {
      const slope = perCycle(slopeOf(one.values), cycles);
      if (slope.from <= most[one.kind]) one.growing = false;
      one.shown.push(`${slope.perWindow} (${slope.from} to ${slope.to})`);
    }
  }
  const bytesPerCycle = Object.fromEntries(seen.map(({ name, kind, shown }) => [`${name} ${kind}`, shown]));
  report(`memory, ${what}`, { windows: WINDOWS, cyclesPerWindow: perWindow, timesNext, bytesPerCycle });
  return seen
    .filter(({ growing }) => growing)
    .map(({ name, kind, shown }) => `${name} ${kind}: ${shown.join(', ')}`);
}

const perCycle = ({ perWindow, from, to }: Slope, cycles: number): Slope => ({
  perWindow: round(perWindow / cycles),
  from: round(from / cycles),
  to: round(to / cycles),
});

const round = (value: number) => Math.round(value * 10) / 10;
