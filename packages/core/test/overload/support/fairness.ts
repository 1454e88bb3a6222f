import type { Actor } from '../../process/support/actor.js';
import { type Crowd, canHurry } from './crowd.js';

/** What a polite client's calls took in one round, in microseconds. */
export interface Round {
  readonly p99: number;
  readonly longest: number;
}

/** In pairs. */
export interface Rounds {
  readonly before: readonly Round[];
  readonly during: readonly Round[];
}

export interface Verdict {
  readonly beforeP99Us: number;
  readonly duringP99Us: number;
  readonly limitUs: number;
  readonly longestUs: number;
  readonly longestLimitUs: number;
  readonly fair: boolean;
}

const MOST_TIMES = 3;
const MOST_MORE_US = 1_000;
/** For the longest call of all rounds: a polite client that stands still for a while makes one call meanwhile, which no p99 shows. */
const LONGEST_MORE_US = 100_000;

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

const mayBe = (before: number, more: number) => Math.max(MOST_TIMES * before, before + more);
const longest = (rounds: readonly Round[]) => Math.max(...rounds.map((round) => round.longest));

/**
 * May not move by more than 3 × or 1 ms, whichever is more, judged by the medians of the rounds; the longest call by
 * no more than 3 × or 100 ms.
 */
export function judge({ before, during }: Rounds): Verdict {
  const beforeP99Us = median(before.map((round) => round.p99));
  const duringP99Us = median(during.map((round) => round.p99));
  const limitUs = mayBe(beforeP99Us, MOST_MORE_US);
  const longestUs = longest(during);
  const longestLimitUs = mayBe(longest(before), LONGEST_MORE_US);
  const fair = duringP99Us <= limitUs && longestUs <= longestLimitUs;
  return { beforeP99Us, duringP99Us, limitUs, longestUs, longestLimitUs, fair };
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
  const measured = async () => {
    const took = await polite.tell<number[]>('measure', { calls });
    return { p99: p99(took), longest: Math.max(...took) };
  };
  // What is compiled and allocated once is no part of it.
  await polite.tell('measure', { calls });
  const before: Round[] = [];
  const during: Round[] = [];
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
