/** Handlers' work: computation of a known length. */

const sampleIterations = 20_000;
const samples = 60;

let state = 1;

function compute(iterations: number): void {
  let x = state;
  for (let i = 0; i < iterations; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  state = x;
}

/**
 * Measures once how fast this process computes and returns a function that computes for so many µs of
 * processor time. Counting, not watching a clock: being preempted must not do a handler's work for it.
 * To be called while the machine is quiet; the fastest of many samples counts.
 */
export function calibrateWork(): (us: number) => void {
  let bestUs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    compute(sampleIterations);
    bestUs = Math.min(bestUs, (performance.now() - start) * 1_000);
  }
  const iterationsPerUs = sampleIterations / bestUs;
  return (us) => compute(Math.round(us * iterationsPerUs));
}
