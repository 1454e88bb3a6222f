// Loops that make calls.
export type { Arrivals } from './arrivals.js';
export { type LiveFigures, type LoopOptions, type LoopResult, OK } from './calls.js';
export { type ClosedLoopOptions, closedLoop } from './closed-loop.js';
// What was measured.
export { type EncodedLatencies, Latencies, type LatencySummary } from './latencies.js';
export { type OpenLoopOptions, type OpenLoopResult, openLoop } from './open-loop.js';
export { Recorder } from './recorder.js';
export { remarksOn } from './remarks.js';
