import { performance } from 'node:perf_hooks';

/** One way to make the call that is compared. */
export interface Contender {
  readonly name: string;
  readonly call: () => unknown;
}

export interface Timing {
  readonly name: string;
  readonly calls: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Time, not calls: just-in-time compilation of all of them must be over, or the faster ones are wronged. */
const WARM_UP_MS = 1_000;
const ROUNDS = 5;
/** Long enough to show the steady state: where the processes run settles in the first milliseconds of a turn. */
const CALLS_A_ROUND = 3_000;

/** Times the contenders one call after the other, in turns, so that what disturbs the machine disturbs them all. */
export async function compare(contenders: readonly Contender[]): Promise<Timing[]> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (const { call } of contenders) {
    const warmAt = performance.now() + WARM_UP_MS;
    while (performance.now() < warmAt) await call();
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, call } of contenders) {
      const own = times.get(name)!;
      for (let i = 0; i < CALLS_A_ROUND; i++) {
        const began = performance.now();
        await call();
        own.push((performance.now() - began) * 1_000);
      }
    }
  }
  return [...times].map(([name, own]) => {
    own.sort((a, b) => a - b);
    return { name, calls: own.length, p50Us: quantile(own, 0.5), p99Us: quantile(own, 0.99) };
  });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}
