/** Latencies of one measured window, as an HDR histogram with nanosecond input. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

export interface LatencySummary {
  calls: number;
  p50Us: number;
  p90Us: number;
  p99Us: number;
  p999Us: number;
  meanUs: number;
}

const bufferedValues = 1 << 19;

/**
 * Recording into the histogram costs as much as a tenth of a fast call, so values are noted in a buffer and
 * counted when it is full or the window is over.
 */
export class Recorder {
  readonly #histogram = newHistogram();
  // Filled, not only allocated: page faults belong before the window.
  readonly #buffer = new Float64Array(bufferedValues).fill(1);
  #buffered = 0;
  #sumNs = 0;

  record(nanoseconds: number): void {
    this.#buffer[this.#buffered++] = nanoseconds;
    if (this.#buffered === bufferedValues) this.#count();
  }

  #count(): void {
    for (let i = 0; i < this.#buffered; i++) {
      const nanoseconds = Math.max(0, Math.round(this.#buffer[i]!));
      this.#histogram.recordValue(nanoseconds);
      this.#sumNs += nanoseconds;
    }
    this.#buffered = 0;
  }

  finish(): Latencies {
    this.#count();
    return new Latencies(this.#histogram, this.#sumNs);
  }
}

/** A finished histogram, with the exact sum beside it: the mean must not carry the buckets' rounding. */
export class Latencies {
  readonly #histogram: Histogram;
  readonly #sumNs: number;

  constructor(histogram: Histogram, sumNs: number) {
    this.#histogram = histogram;
    this.#sumNs = sumNs;
  }

  summary(): LatencySummary {
    const at = (percentile: number) => this.#histogram.getValueAtPercentile(percentile) / 1_000;
    const calls = this.#histogram.totalCount;
    return {
      calls,
      p50Us: at(50),
      p90Us: at(90),
      p99Us: at(99),
      p999Us: at(99.9),
      meanUs: calls === 0 ? 0 : this.#sumNs / calls / 1_000,
    };
  }

  toJSON(): EncodedLatencies {
    return { histogram: encodeIntoCompressedBase64(this.#histogram), sumNs: this.#sumNs };
  }

  /** Latencies of several clients as if one had measured them. */
  static merge(parts: readonly EncodedLatencies[]): Latencies {
    const all = newHistogram();
    let sumNs = 0;
    for (const part of parts) {
      all.add(decodeFromCompressedBase64(part.histogram) as typeof all);
      sumNs += part.sumNs;
    }
    return new Latencies(all, sumNs);
  }
}

export interface EncodedLatencies {
  histogram: string;
  sumNs: number;
}

function newHistogram() {
  return build({ bitBucketSize: 32, lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3 });
}
