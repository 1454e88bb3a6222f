import type { Load } from '../measure/load.js';
import type { Trait } from '../transport.js';

export interface Scenario {
  summary: string;
  /** Which figure the table compares transports by. */
  compareBy: 'p50Us' | 'meanUs' | 'callsPerSecond';
  load: Load;
  /** Compute-bound processes beside server and client. */
  busyProcesses: number;
  /** Connections that lie idle beside the active one. */
  idleConnections: number;
  /** What a transport must be capable of. */
  needs?: Trait;
  /** After the calls, how late a 1 ms timer is beside them. */
  probesLoop?: true;
}

const oneAtATime = { concurrency: 1, gapMs: 0, durationMs: 350 };
const alone = { busyProcesses: 0, idleConnections: 0 };

export const scenarios = {
  pingpong: { ...alone, summary: 'one call at a time, back to back', compareBy: 'p50Us', load: oneAtATime },
  inflight64: {
    ...alone,
    summary: '64 calls in flight',
    compareBy: 'callsPerSecond',
    load: { ...oneAtATime, concurrency: 64 },
    needs: 'concurrent',
    probesLoop: true,
  },
  spaced5ms: {
    ...alone,
    summary: 'calls 5 ms apart',
    compareBy: 'p50Us',
    load: { concurrency: 1, gapMs: 5, durationMs: 450 },
  },
  busy2: {
    ...alone,
    summary: 'one call at a time beside two compute-bound processes',
    compareBy: 'meanUs',
    load: { ...oneAtATime, durationMs: 450 },
    busyProcesses: 2,
  },
  idle100: {
    ...alone,
    summary: 'one call at a time beside 100 idle connections, and what those cost',
    compareBy: 'p50Us',
    load: { ...oneAtATime, durationMs: 120 },
    idleConnections: 100,
    needs: 'idle-connections',
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

/**
 * HTTP and gRPC get three times faster within their first second of calls; many in flight get them there
 * soonest. Less would flatter whoever has the least code.
 */
export const warmUp = { concurrency: 64, durationMs: 1_000 } as const;
/** At the shape of the measured load, just before it: timers, policies and CPU clocks find their level. */
export const settleMs = 60;
/** Time in which the 1 ms timer is watched, for scenarios with `probesLoop`. */
export const probeMs = 200;
/** For idle connections: rest before the CPU is watched, and for how long. */
export const idleWatch = { settleMs: 200, windowMs: 1_000 } as const;
/** A step that takes longer hangs. */
export const stepSeconds = 20;
