import type { Actor } from '../../process/support/actor.js';
import { type Crowd, canHurry } from './crowd.js';

/** What a polite client's calls took, in microseconds: one p99 a round, in pairs. */
export interface Rounds {
  readonly before: readonly number[];
  readonly during: readonly number[];
}

export interface Verdict {
  readonly beforeP99Us: number;
  readonly duringP99Us: number;
  readonly limitUs: number;
  readonly fair: boolean;
}

const MOST_TIMES = 3;
const MOST_MORE_US = 1_000;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that 99 of 100 do not exceed. */
export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1]!;
}

/** May not move by more than 3 × or 1 ms, whichever is more; judged by the medians of the rounds. */
export function judge({ before, during }: Rounds): Verdict {
  const beforeP99Us = median(before);
  const duringP99Us = median(during);
  const limitUs = Math.max(MOST_TIMES * beforeP99Us, beforeP99Us + MOST_MORE_US);
  return { beforeP99Us, duringP99Us, limitUs, fair: duringP99Us <= limitUs };
}

export interface Greed {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

/**
 * A polite client beside a greedy one, in turns. On a machine with fewer processors than processes that want one, a wait is
 * mostly the scheduler's. So server and polite client get real-time priority; who may not give that compares with
 * rounds in which strangers keep as many processors busy as greedy client and server do.
 */
export async function compare(crowd: Crowd, greed: Greed, rounds: number, calls: number): Promise<Rounds> {
  const polite = await crowd.client({}, { hurried: true });
  const strangers = canHurry ? [] : [crowd.unready(), crowd.unready()];
  const measured = async () => p99(await polite.tell<number[]>('measure', { calls }));
  // What is compiled and allocated once is no part of it.
  await polite.tell('measure', { calls });
  const before: number[] = [];
  const during: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await all(strangers, 'burn');
    before.push(await measured());
    await all(strangers, 'stop');
    await greed.begin();
    during.push(await measured());
    await greed.end();
  }
  return { before, during };
}

const all = (actors: readonly Actor[], command: string) =>
  Promise.all(actors.map((actor) => actor.tell(command)));
