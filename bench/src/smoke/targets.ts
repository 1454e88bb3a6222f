/** What doorcall has to reach in the smoke run, and the judgement whether it did. */
import { median, medianRatio } from '../stats.js';
import type { Verdict } from '../verdicts.js';
import type { Figures } from './figures.js';
import type { Measurements } from './measurements.js';
import type { ScenarioName } from './scenarios.js';

interface RatioTarget {
  kind: 'ratio';
  scenario: ScenarioName;
  /** Smaller is better for times, larger for rates; the ratio is turned so that larger is better. */
  metric: 'p50Us' | 'meanUs' | 'callsPerSecond';
  transport: string;
  rival: string;
  atLeast: number;
}

interface LimitTarget {
  kind: 'limit';
  scenario: 'idle100';
  metric: keyof NonNullable<Figures['idle']>;
  transport: string;
  below: number;
}

export type Target = RatioTarget | LimitTarget;

const ratio = (
  scenario: ScenarioName,
  metric: RatioTarget['metric'],
  rival: string,
  atLeast: number,
  transport = 'doorcall',
): RatioTarget => ({ kind: 'ratio', scenario, metric, transport, rival, atLeast });

const limit = (metric: LimitTarget['metric'], below: number): LimitTarget => {
  return { kind: 'limit', scenario: 'idle100', metric, transport: 'doorcall', below };
};

/** The segments of a connection, which are counted in full: two rings of 128 KiB, and a page. */
const ringsKiB = 2 * 128 + 4;

export const targets: readonly Target[] = [
  ratio('pingpong', 'p50Us', 'node-http-tcp', 35),
  ratio('pingpong', 'p50Us', 'grpc-js-unix', 80),
  ratio('pingpong', 'p50Us', 'net-unix', 15),
  ratio('pingpong', 'p50Us', 'doorcall', 1, 'doorcall-sync'),
  ratio('pingpong', 'p50Us', 'net-unix', 30, 'doorcall-gen'),
  ratio('pingpong', 'p50Us', 'doorcall', 1.3, 'doorcall-gen'),
  ratio('inflight64', 'callsPerSecond', 'undici-tcp', 25),
  ratio('inflight64', 'callsPerSecond', 'grpc-js-tcp', 80),
  ratio('inflight64', 'callsPerSecond', 'grpc-js-unix', 80),
  ratio('inflight64', 'callsPerSecond', 'net-unix', 4, 'doorcall-gen'),
  ratio('inflight64', 'callsPerSecond', 'doorcall', 1.5, 'doorcall-gen'),
  ratio('spaced5ms', 'p50Us', 'net-unix', 2),
  ratio('busy2', 'meanUs', 'net-unix', 2),
  limit('cpuPercent', 0.2),
  limit('memoryKiBPerConnection', ringsKiB + 64),
  limit('activeRatio', 1.1),
];

/**
 * @param asked whether a transport and scenario were part of the run: what was asked for and has no figures
 *   is a miss of its own kind, what was left out by a filter is not
 */
export function judge(
  measurements: Measurements,
  asked: (transport: string, scenario: ScenarioName) => boolean,
): Verdict[] {
  return targets.map((target) => {
    const words = inWords(target);
    const parties = target.kind === 'ratio' ? [target.transport, target.rival] : [target.transport];
    if (!parties.every((party) => asked(party, target.scenario))) {
      return { target: words, outcome: 'not in this run' };
    }
    const value = measuredValue(target, measurements);
    if (value === undefined) return { target: words, outcome: 'not measured' };
    const met = target.kind === 'ratio' ? value >= target.atLeast : value < target.below;
    return { target: words, outcome: met ? 'met' : 'missed', value };
  });
}

function measuredValue(target: Target, measurements: Measurements): number | undefined {
  if (target.kind === 'limit') {
    const rounds = measurements.of(target.transport, target.scenario);
    const values = rounds.flatMap(({ idle }) => idle![target.metric] ?? []);
    return values.length === 0 ? undefined : median(values);
  }
  const pairs = measurements.pairs(target.transport, target.rival, target.scenario);
  if (pairs.length === 0) return undefined;
  const ours = pairs.map(([figures]) => figures[target.metric]);
  const theirs = pairs.map(([, figures]) => figures[target.metric]);
  return target.metric === 'callsPerSecond' ? medianRatio(ours, theirs) : medianRatio(theirs, ours);
}

const metricWords = {
  p50Us: 'p50',
  meanUs: 'mean',
  callsPerSecond: 'calls/s',
  cpuPercent: 'CPU of idle connections below',
  memoryKiBPerConnection: 'memory per idle connection, its rings included, below',
  activeRatio: 'p50 beside idle connections over p50 without below',
} as const;

const units = { cpuPercent: ' % of a core', memoryKiBPerConnection: ' KiB', activeRatio: ' ×' } as const;

function inWords(target: Target): string {
  const subject = `${target.scenario}: ${target.transport}`;
  if (target.kind === 'limit') {
    return `${subject}: ${metricWords[target.metric]} ${target.below}${units[target.metric]}`;
  }
  return `${subject} at least ${target.atLeast} × ${target.rival} by ${metricWords[target.metric]}`;
}
