import { Latencies, newHistogram } from './latencies.js';

/** Values below this are kept apart, each in a count of its own; above it with as many steps for each doubling. */
const exactBelow = 2_048;
const stepsADoubling = exactBelow / 2;

/** 2^42 ns are 73 minutes: what takes longer is counted as that. */
const mostNs = 2 ** 42 - 1;

/**
 * Notes how long each call took. Noting costs some nanoseconds and never more: the histogram library takes several times as
 * long, and a buffer that is emptied into it now and then stops everything for tens of milliseconds, which would then
 * stand in the very tail that is measured. So values are counted in the same steps that an HDR histogram has, and
 * handed to the library at the end.
 */
export class Recorder {
  // Filled, not only allocated: page faults belong before the window.
  readonly #counts = new Float64Array(stepOf(mostNs) + 1).fill(0);
  #sumNs = 0;

  /** @param nanoseconds counted as 0 where a clock has gone backwards */
  record(nanoseconds: number): void {
    const value = Math.max(0, Math.round(nanoseconds));
    const step = stepOf(Math.min(value, mostNs));
    this.#counts[step] = this.#counts[step]! + 1;
    this.#sumNs += value;
  }

  /** What was noted so far. */
  finish(): Latencies {
    const histogram = newHistogram();
    this.#counts.forEach((count, step) => {
      if (count > 0) histogram.recordValueWithCount(lowestOf(step), count);
    });
    return new Latencies(histogram, this.#sumNs);
  }
}

/** Which step of the histogram a value belongs to; the library counts it in the one that has the same bounds. */
function stepOf(value: number): number {
  if (value < exactBelow) return value;
  if (value < 2 ** 32) {
    const doublings = 21 - Math.clz32(value);
    return doublings * stepsADoubling + (value >>> doublings);
  }
  // Four seconds and more: too many bits for the operators above, too rare to mind that a logarithm is slow.
  const doublings = Math.floor(Math.log2(value)) - 10;
  return doublings * stepsADoubling + Math.floor(value / 2 ** doublings);
}

/** The lowest value of a step. */
function lowestOf(step: number): number {
  if (step < exactBelow) return step;
  const doublings = Math.floor(step / stepsADoubling) - 1;
  return (step - doublings * stepsADoubling) * 2 ** doublings;
}
