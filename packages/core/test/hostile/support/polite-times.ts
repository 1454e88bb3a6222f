import { majority } from './majority.js';

/** Whether nothing else has the CPUs, as `npm run test:hostile` says: a row's own limit counts then. */
const ALONE = process.env.DOORCALL_ALONE === '1';
/** Before each attack, and from its beginning on, at least. */
export const POLITE_CALLS = ALONE ? 50 : 20;
/** Of the samples before, whose quiet calls say how fast this machine is just now. */
const RECENT = 10;

/** The µs that 99 of a hundred calls did not exceed. */
function p99(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

const longest = (times: readonly number[]) => times.reduce((most, time) => Math.max(most, time), 0);

/** By so many ms an attack may move what a polite client sees. */
export interface Limits {
  readonly p99Ms: number;
  /** The longest call. It calls one after the other: however long it stands still, that is one call, which no p99 shows. */
  readonly longestMs: number;
  /** A sample has so many calls at least: of fewer than a hundred the p99 is the longest one. */
  readonly calls: number;
}

/** µs of a polite client's calls. */
export interface Times {
  /** Before an attack. */
  readonly quiet: readonly number[];
  /** While and after. */
  readonly attacked: readonly number[];
}

/** Beside other tests, which take the CPUs for a while: an attack is not repeated when nothing is late. */
const BESIDE_OTHERS: Limits = { p99Ms: 20, longestMs: 100, calls: 1 };

export const limitsOf = (lateMs: number, alone = ALONE): Limits =>
  alone ? { p99Ms: lateMs, longestMs: 20, calls: 200 } : BESIDE_OTHERS;

/** It may move by 3 times, or by so much, whichever is more. */
const within = (before: number, meanwhile: number, mayMoveMs: number) =>
  meanwhile <= Math.max(3 * before, before + mayMoveMs * 1_000);

/** Judges a polite client's calls beside an attack by those it makes while nothing happens. */
export class PoliteTimes {
  readonly #recent: (readonly number[])[] = [];
  readonly #quiet: number[] = [];
  readonly #attacked: number[] = [];
  #rows = 0;
  #late = 0;

  /**
   * Has an attack made until most samples of calls were in time, or were not.
   * @returns what was wrong, if anything was
   */
  async judge(limits: Limits, attack: () => Promise<Times>): Promise<readonly string[]> {
    let late = false;
    const { problems } = await majority(async () => {
      const { quiet, attacked } = await sample(limits.calls, attack);
      const problem = this.problem(quiet, attacked, limits);
      late ||= problem !== undefined;
      return problem;
    });
    this.#rows += 1;
    if (late) this.#late += 1;
    return problems;
  }

  /** @returns what is wrong with one sample, if anything is */
  problem(quiet: readonly number[], attacked: readonly number[], limits: Limits): string | undefined {
    this.#recent.push(quiet);
    if (this.#recent.length > RECENT) this.#recent.shift();
    this.#quiet.push(...quiet);
    this.#attacked.push(...attacked);
    const before = this.#recent.flat();
    const shown = (name: string, µs: number, than: number) =>
      `${name} of the polite client is ${µs} µs of ${attacked.length} calls, and ${than} µs while nothing happens`;
    if (!within(p99(before), p99(attacked), limits.p99Ms)) return shown('p99', p99(attacked), p99(before));
    if (!within(longest(before), longest(attacked), limits.longestMs))
      return shown('longest call', longest(attacked), longest(before));
    return undefined;
  }

  get summary(): string {
    return (
      `p99 of the polite client: ${p99(this.#quiet)} µs of ${this.#quiet.length} calls before the rows, ` +
      `${p99(this.#attacked)} µs of ${this.#attacked.length} while and after; the longest ` +
      `${longest(this.#quiet)} µs before, ${longest(this.#attacked)} µs while and after; ` +
      `${this.#late} of ${this.#rows} rows had a sample that was late`
    );
  }
}

/** The calls beside an attack that is made until there are enough of them. */
async function sample(calls: number, attack: () => Promise<Times>): Promise<Times> {
  const all: Times[] = [];
  do all.push(await attack());
  while (all.reduce((sum, { attacked }) => sum + attacked.length, 0) < calls);
  return { quiet: all.flatMap(({ quiet }) => quiet), attacked: all.flatMap(({ attacked }) => attacked) };
}
