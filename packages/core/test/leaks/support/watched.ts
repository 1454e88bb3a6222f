import { setTimeout as sleep } from 'node:timers/promises';
import { report } from '../../overload/support/figures.js';
import type { Actor } from '../../process/support/actor.js';
import { type Resources, resourcesOf } from '../../process/support/resources.js';
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
 * Measures a process's memory at the end of each window, after a forced collection. What is made once grows it in the
 * beginning, and an interval of 95 % misses now and then; a leak is there in every series.
 * @returns the last series: the first without growth, or the fourth
 */
export async function memorySlope(
  what: string,
  actors: readonly Actor[],
  cyclesPerWindow: number,
  window: () => Promise<unknown>,
): Promise<Slope[]> {
  for (let series = 1; ; series += 1) {
    const rss: number[][] = actors.map(() => []);
    for (let done = 0; done < WINDOWS; done += 1) {
      await window();
      for (const [index, actor] of actors.entries()) {
        await actor.tell('collect');
        rss[index]?.push(resourcesOf(actor.pid).rssKib);
      }
    }
    const slopes = rss.map(slopeOf);
    if (slopes.some(grows) && series < MOST_SERIES) continue;
    const shown = slopes.map(({ perWindow, from, to }) => ({
      perWindow: round(perWindow),
      interval: [round(from), round(to)],
    }));
    report(`memory, ${what}`, { windows: WINDOWS, cyclesPerWindow, series, rssKibPerWindow: shown });
    return slopes;
  }
}

/** Whether the interval lies above zero: what shrinks is no leak. */
export const grows = ({ from }: Slope): boolean => from > 0;

const round = (value: number) => Math.round(value * 10) / 10;
