/** Of the rows before, whose quiet calls say how fast this machine is just now. */
const RECENT = 10;

/** The µs that all but one of a hundred calls stayed below. */
function p99(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}

/** By how many µs p99 may move: 1 ms by itself (`DOORCALL_ALONE=1`), 20 ms where other test files have the CPUs, too. */
const MAY_MOVE = process.env.DOORCALL_ALONE === '1' ? 1_000 : 20_000;

/** Judges a polite client's calls beside an attack by those it makes while nothing happens. */
export class PoliteTimes {
  readonly #recent: (readonly number[])[] = [];
  readonly #quiet: number[] = [];
  readonly #attacked: number[] = [];

  /**
   * @param quiet µs of the calls before a row
   * @param attacked of those while and after
   * @returns what is wrong, if anything is: p99 has moved by more than 3 times, or {@link MAY_MOVE}
   */
  problem(quiet: readonly number[], attacked: readonly number[]): string | undefined {
    this.#recent.push(quiet);
    if (this.#recent.length > RECENT) this.#recent.shift();
    this.#quiet.push(...quiet);
    this.#attacked.push(...attacked);
    const before = p99(this.#recent.flat());
    const meanwhile = p99(attacked);
    if (meanwhile <= Math.max(3 * before, before + MAY_MOVE)) return undefined;
    return `p99 of the polite client is ${meanwhile} µs of ${attacked.length} calls, and ${before} µs while nothing happens`;
  }

  get summary(): string {
    return (
      `p99 of the polite client: ${p99(this.#quiet)} µs of ${this.#quiet.length} calls before the rows, ` +
      `${p99(this.#attacked)} µs of ${this.#attacked.length} while and after`
    );
  }
}
