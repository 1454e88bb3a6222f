/** Of the rows before, whose quiet calls say how fast this machine is just now. */
const RECENT = 10;

/** The µs that all but one of a hundred calls stayed below. */
function p99(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}

const longest = (times: readonly number[]) => times.reduce((most, time) => Math.max(most, time), 0);

/** By so many ms an attack may move what a polite client sees. */
export interface Limits {
  readonly p99Ms: number;
  /** The longest call. It calls one after the other: however long it stands still, that is one call, which no p99 shows. */
  readonly longestMs: number;
}

/** Beside other tests, which take the CPUs for a while. */
const BESIDE_OTHERS: Limits = { p99Ms: 20, longestMs: 100 };
const LONGEST_ALONE_MS = 20;

/** Whether nothing else has the CPUs, as `npm run test:hostile` says: a row's own limit counts then. */
export const ALONE = process.env.DOORCALL_ALONE === '1';

export const limitsOf = (lateMs: number, alone = ALONE): Limits =>
  alone ? { p99Ms: lateMs, longestMs: LONGEST_ALONE_MS } : BESIDE_OTHERS;

/** It may move by 3 times, or by so much, whichever is more. */
const within = (before: number, meanwhile: number, mayMoveMs: number) =>
  meanwhile <= Math.max(3 * before, before + mayMoveMs * 1_000);

/** Judges a polite client's calls beside an attack by those it makes while nothing happens. */
export class PoliteTimes {
  readonly #recent: (readonly number[])[] = [];
  readonly #quiet: number[] = [];
  readonly #attacked: number[] = [];

  /**
   * @param quiet µs of the calls before a row
   * @param attacked of those while and after
   * @returns what is wrong, if anything is
   */
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
      `${longest(this.#quiet)} µs before, ${longest(this.#attacked)} µs while and after`
    );
  }
}
