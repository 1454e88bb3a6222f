/** What one transport shows in one scenario and round. */
export interface Figures {
  calls: number;
  p50Us: number;
  p90Us: number;
  p99Us: number;
  p999Us: number;
  meanUs: number;
  callsPerSecond: number;
  /** User and system time of server and client together. */
  cpuUsPerCall: number;
  idle?: IdleFigures;
  lateness?: LatenessFigures;
}

/** What idle connections cost, client and server together. */
export interface IdleFigures {
  /** Of one core, by all of them. */
  cpuPercent: number;
  /** For each of them, what both ends share once and in full; absent when the processes became smaller meanwhile. */
  memoryKiBPerConnection?: number;
  /** p50 of the active connection beside them over its p50 without them. */
  activeRatio: number;
}

/** 99th percentile of a 1 ms timer's lateness while the load runs. */
export interface LatenessFigures {
  clientP99Us: number;
  serverP99Us: number;
}
