import prand from 'pure-rand';

/** Chance that comes out the same for the same seed. */
export class Chance {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = prand.xoroshiro128plus(seed);
  }

  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return prand.unsafeUniformIntDistribution(from, to, this.#generator);
  }

  /** One of them; those with more weight more often. */
  oneOf<T>(weighted: readonly (readonly [T, number])[]): T {
    let at = this.integer(
      1,
      weighted.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [value, weight] of weighted) {
      at -= weight;
      if (at <= 0) return value;
    }
    throw new Error('nothing to choose from');
  }
}
