/** The machine-readable outcome of a smoke run. */
import type { Environment } from '../environment.js';
import type { Noise } from '../noise.js';
import { payloadBytes } from '../payload.js';
import { median, toThousandths } from '../stats.js';
import type { Verdict } from '../verdicts.js';
import type { Figures } from './figures.js';
import type { Gap, Measurements } from './measurements.js';
import type { SmokePlan } from './run.js';
import { type ScenarioName, scenarios } from './scenarios.js';

export interface SmokeResult {
  transport: string;
  scenario: ScenarioName;
  payloadBytes: number;
  concurrency: number;
  /** Over all rounds; everything else is the median of the rounds. */
  calls: number;
  /** What percentiles are of. */
  callsInRound: number;
  p50Us: number;
  p90Us: number;
  p99Us: number;
  p999Us: number;
  meanUs: number;
  callsPerSecond: number;
  cpuUsPerCall: number;
  /** `idle100` only, as the two after it. */
  cpuPercent?: number;
  /** Absent, too, when the processes became smaller meanwhile. */
  memoryKiBPerConnection?: number;
  activeRatio?: number;
}

export interface SmokeReport {
  environment: Environment;
  /** Whether the run can be trusted. */
  noise: Noise;
  results: SmokeResult[];
  /** How late a 1 ms timer is in either process while 64 calls are in flight. */
  loopLateness: { transport: string; clientP99Us: number; serverP99Us: number }[];
  /** What was asked for and not measured, with the reason. */
  gaps: Gap[];
  targets: Verdict[];
}

export function summarise(
  plan: SmokePlan,
  environment: Environment,
  noise: Noise,
  measurements: Measurements,
  verdicts: Verdict[],
): SmokeReport {
  const results: SmokeResult[] = [];
  const loopLateness: SmokeReport['loopLateness'] = [];
  for (const scenario of plan.scenarios) {
    for (const transport of plan.transports) {
      const rounds = measurements.of(transport, scenario);
      if (rounds.length === 0) continue;
      results.push(toResult(transport, scenario, rounds));
      const lateness = rounds.flatMap((figures) => figures.lateness ?? []);
      if (lateness.length === 0) continue;
      loopLateness.push({
        transport,
        clientP99Us: toThousandths(median(lateness.map(({ clientP99Us }) => clientP99Us))),
        serverP99Us: toThousandths(median(lateness.map(({ serverP99Us }) => serverP99Us))),
      });
    }
  }
  return { environment, noise, results, loopLateness, gaps: measurements.gaps, targets: verdicts };
}

function toResult(transport: string, scenario: ScenarioName, rounds: readonly Figures[]): SmokeResult {
  const over = (pick: (figures: Figures) => number) => toThousandths(median(rounds.map(pick)));
  const weights = rounds.flatMap(({ idle }) => idle?.memoryKiBPerConnection ?? []);
  return {
    transport,
    scenario,
    payloadBytes,
    concurrency: scenarios[scenario].load.concurrency,
    calls: rounds.reduce((sum, { calls }) => sum + calls, 0),
    callsInRound: over(({ calls }) => calls),
    p50Us: over(({ p50Us }) => p50Us),
    p90Us: over(({ p90Us }) => p90Us),
    p99Us: over(({ p99Us }) => p99Us),
    p999Us: over(({ p999Us }) => p999Us),
    meanUs: over(({ meanUs }) => meanUs),
    callsPerSecond: over(({ callsPerSecond }) => callsPerSecond),
    cpuUsPerCall: over(({ cpuUsPerCall }) => cpuUsPerCall),
    ...(rounds[0]!.idle && {
      cpuPercent: over(({ idle }) => idle!.cpuPercent),
      ...(weights.length > 0 && { memoryKiBPerConnection: toThousandths(median(weights)) }),
      activeRatio: over(({ idle }) => idle!.activeRatio),
    }),
  };
}
