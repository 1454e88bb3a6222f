import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type JsHistogram,
} from 'hdr-histogram-js';

/** The usual figures of a distribution; times in µs, to three significant digits, the mean exactly. */
export interface LatencySummary {
  /** How many calls these are the latencies of. Without any, all figures are 0. */
  calls: number;
  /** The fastest call. */
  minUs: number;
  /** Half of the calls took no longer. */
  p50Us: number;
  p90Us: number;
  p99Us: number;
  p999Us: number;
  p9999Us: number;
  /** The slowest call. */
  maxUs: number;
  meanUs: number;
}

/** {@link Latencies} as JSON: what one process tells another, or a results file holds. */
export interface EncodedLatencies {
  /** HDR histogram of nanoseconds, in the compressed base64 form that all HdrHistogram libraries read. */
  histogram: string;
  /** Sum of all latencies, exact. */
  sumNs: number;
}

/** A finished histogram, with the exact sum beside it: the mean must not carry the buckets' rounding. */
export class Latencies {
  readonly #histogram: JsHistogram;
  readonly #sumNs: number;

  /** @internal */
  constructor(histogram: JsHistogram, sumNs: number) {
    this.#histogram = histogram;
    this.#sumNs = sumNs;
  }

  /**
   * What another program has counted.
   *
   * @param counts nanoseconds, and how many calls took as long
   * @param sumNs of all calls, exact
   */
  static ofCounts(counts: Iterable<readonly [nanoseconds: number, calls: number]>, sumNs: number): Latencies {
    const histogram = newHistogram();
    for (const [nanoseconds, calls] of counts) histogram.recordValueWithCount(nanoseconds, calls);
    return new Latencies(histogram, sumNs);
  }

  /** How many calls were measured. */
  get calls(): number {
    return this.#histogram.totalCount;
  }

  /**
   * What this share of the calls took at most; 0 without calls.
   *
   * @param percentile 0 (the fastest call) to 100 (the slowest)
   * @returns µs
   */
  percentileUs(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  summary(): LatencySummary {
    const { calls } = this;
    return {
      calls,
      minUs: this.percentileUs(0),
      p50Us: this.percentileUs(50),
      p90Us: this.percentileUs(90),
      p99Us: this.percentileUs(99),
      p999Us: this.percentileUs(99.9),
      p9999Us: this.percentileUs(99.99),
      maxUs: this.percentileUs(100),
      meanUs: calls === 0 ? 0 : this.#sumNs / calls / 1_000,
    };
  }

  /**
   * How many calls took at least this long.
   *
   * @param us counts as the histogram keeps it, to three significant digits
   */
  countFrom(us: number): number {
    let count = 0;
    const histogram = this.#histogram;
    for (const bucket of bucketsOf(histogram)) {
      if (histogram.highestEquivalentValue(bucket.value) >= us * 1_000) count += bucket.count;
    }
    return count;
  }

  toJSON(): EncodedLatencies {
    return { histogram: encodeIntoCompressedBase64(this.#histogram), sumNs: this.#sumNs };
  }

  /** Latencies of several clients as if one had measured them; without parts, none. */
  static merge(parts: readonly EncodedLatencies[]): Latencies {
    const all = newHistogram();
    let sumNs = 0;
    for (const part of parts) {
      all.add(decodeFromCompressedBase64(part.histogram) as JsHistogram);
      sumNs += part.sumNs;
    }
    return new Latencies(all, sumNs);
  }
}

/** The values that were recorded, as the histogram keeps them, and how often. */
function* bucketsOf(histogram: JsHistogram): Generator<{ readonly value: number; readonly count: number }> {
  const iterator = histogram.recordedValuesIterator;
  iterator.reset();
  while (iterator.hasNext()) {
    const { valueIteratedTo, countAddedInThisIterationStep } = iterator.next();
    yield { value: valueIteratedTo, count: countAddedInThisIterationStep };
  }
}

/** @internal */
export function newHistogram(): JsHistogram {
  // The library's own types leave out what it is beside WebAssembly.
  return build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3 }) as JsHistogram;
}
