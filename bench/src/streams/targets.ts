/** What streams and large data have to reach, and the judgement whether they did. */
import { median } from '../stats.js';
import type { Verdict } from '../verdicts.js';
import type { Figures, Measurements } from './measurements.js';
import { type ScenarioName, scenarios } from './scenarios/index.js';

interface Comparison {
  scenario: ScenarioName;
  /** Names of the measures. */
  ours: string;
  rival: string;
}

/** So many times as fast as the rival, at least. */
interface FasterTarget extends Comparison {
  kind: 'faster';
  by: 'perSecond' | 'p50Us';
  atLeast: number;
}

/** So many times the rival's time, at most. */
interface WithinTarget extends Comparison {
  kind: 'within';
  by: 'perSecond' | 'p50Us';
  atMost: number;
}

/** A throughput, or a share of what the rival does, whichever is lower. */
interface FloorTarget extends Comparison {
  kind: 'floor';
  gigabytesPerSecond: number;
  share: number;
}

export type Target = FasterTarget | WithinTarget | FloorTarget;

const rawSocket = 'net-unix';

const handOver = (scenario: ScenarioName): Target[] => [
  { kind: 'within', scenario, ours: 'doorcall', rival: 'empty', by: 'p50Us', atMost: 3 },
  { kind: 'faster', scenario, ours: 'doorcall', rival: rawSocket, by: 'p50Us', atLeast: 50 },
];

export const targets: readonly Target[] = [
  ...['', '-gen'].map((codec): Target => {
    const [ours, rival] = [`stream${codec}`, `unary64${codec}`];
    return { kind: 'faster', scenario: 'stream100', ours, rival, by: 'perSecond', atLeast: 2 };
  }),
  ...['doorcall', 'doorcall-gen', 'doorcall-blob', 'doorcall-blob-gen'].map((ours): Target => {
    return { kind: 'floor', scenario: 'stream64k', ours, rival: 'memcpy', gigabytesPerSecond: 3, share: 0.6 };
  }),
  ...['doorcall', 'doorcall-gen'].map((ours): Target => {
    return { kind: 'faster', scenario: 'inline64k', ours, rival: rawSocket, by: 'p50Us', atLeast: 2.5 };
  }),
  ...handOver('blob1m'),
  ...handOver('blob64m'),
  {
    kind: 'faster',
    scenario: 'blobWhole1m',
    ours: 'doorcall',
    rival: rawSocket,
    by: 'perSecond',
    atLeast: 3,
  },
  {
    kind: 'within',
    scenario: 'blobWhole1m',
    ours: 'doorcall',
    rival: 'two-passes',
    by: 'perSecond',
    atMost: 1.5,
  },
];

/**
 * @param asked whether a scenario was part of the run: what was asked for and has no figures is a miss of its own kind,
 *   what was left out by a filter is not
 */
export function judge(measurements: Measurements, asked: (scenario: ScenarioName) => boolean): Verdict[] {
  return targets.map((target) => {
    const words = inWords(target);
    if (!asked(target.scenario)) return { target: words, outcome: 'not in this run' };
    const pairs = measurements.pairs(target.ours, target.rival, target.scenario);
    if (pairs.length === 0) return { target: words, outcome: 'not measured' };
    const value = median(pairs.map(([ours, rival]) => ratioIn(target, ours, rival)));
    return { target: words, outcome: isMet(target, value) ? 'met' : 'missed', value };
  });
}

/** Of one round. For `floor`, ours over what is demanded in this round. */
function ratioIn(target: Target, ours: Figures, rival: Figures): number {
  switch (target.kind) {
    case 'faster':
      return timeOf(rival, target.by) / timeOf(ours, target.by);
    case 'within':
      return timeOf(ours, target.by) / timeOf(rival, target.by);
    case 'floor': {
      const perSecond = (target.gigabytesPerSecond * 1e9) / scenarios[target.scenario].bytes;
      return ours.perSecond / Math.min(perSecond, target.share * rival.perSecond);
    }
  }
}

/** @throws when the measure does not time single operations, and the target is about that */
function timeOf(figures: Figures, by: 'perSecond' | 'p50Us'): number {
  if (by === 'perSecond') return 1e6 / figures.perSecond;
  if (figures.p50Us === undefined) throw new Error('a measure without p50 in a target by p50');
  return figures.p50Us;
}

function isMet(target: Target, value: number): boolean {
  switch (target.kind) {
    case 'faster':
      return value >= target.atLeast;
    case 'within':
      return value <= target.atMost;
    case 'floor':
      return value >= 1;
  }
}

const byWords = { perSecond: 'throughput', p50Us: 'p50' } as const;

function inWords(target: Target): string {
  const { scenario, ours, rival } = target;
  switch (target.kind) {
    case 'faster':
      return `${scenario}: ${ours} at least ${target.atLeast} × ${rival} by ${byWords[target.by]}`;
    case 'within':
      return `${scenario}: ${ours} at most ${target.atMost} × the time of ${rival} by ${byWords[target.by]}`;
    case 'floor':
      return (
        `${scenario}: ${ours} at least ${target.gigabytesPerSecond} GB/s or ${target.share * 100} % of ${rival}, ` +
        'whichever is lower (over that)'
      );
  }
}
