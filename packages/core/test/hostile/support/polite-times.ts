/** Of the rows before, whose quiet calls say how fast this machine is just now. */
const RECENT = 10;

/** The µs that all but one of a hundred calls stayed below. */
function p99(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}

/** Where nothing else has the CPUs (`npm run test:hostile`), a row's own limit counts. */
const ALONE = process.env.DOORCALL_ALONE === '1';
const BESIDE_OTHERS_MS = 20;

/** Judges a polite client's calls beside an attack by those it makes while nothing happens. */
export class PoliteTimes {
  readonly #recent: (readonly number[])[] = [];
  readonly #quiet: number[] = [];
  readonly #attacked: number[] = [];

  /**
   * @param quiet µs of the calls before a row
   * @param attacked of those while and after
   * @param lateMs by how much p99 may move where nothing else runs
   * @returns what is wrong, if anything is: p99 has moved by more than 3 times, and by more than that
   */
  problem(quiet: readonly number[], attacked: readonly number[], lateMs: number): string | undefined {
    this.#recent.push(quiet);
    if (this.#recent.length > RECENT) this.#recent.shift();
    this.#quiet.push(...quiet);
    this.#attacked.push(...attacked);
    const before = p99(this.#recent.flat());
    const meanwhile = p99(attacked);
    const mayMove = (ALONE ? lateMs : BESIDE_OTHERS_MS) * 1_000;
    if (meanwhile <= Math.max(3 * before, before + mayMove)) return undefined;
    return `p99 of the polite client is ${meanwhile} µs of ${attacked.length} calls, and ${before} µs while nothing happens`;
  }

  get summary(): string {
    return (
      `p99 of the polite client: ${p99(this.#quiet)} µs of ${this.#quiet.length} calls before the rows, ` +
      `${p99(this.#attacked)} µs of ${this.#attacked.length} while and after`
    );
  }
}
