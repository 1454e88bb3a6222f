/** What the generated codec has to reach, and the judgement whether it did. */
import type { Verdict } from '../verdicts.js';
import { ours } from './contestants.js';
import type { Measurements } from './measurements.js';
import { type PayloadName, payloadNames } from './payloads/index.js';
import { meanSpeedRatio, sizeRatio, speedRatio } from './ratios.js';

interface MeanTarget {
  kind: 'mean';
  rival: string;
  /** Geometric mean over all payloads. */
  atLeast: number;
}

interface PayloadTarget {
  /** `speed`: not slower; `size`: not larger. */
  kind: 'speed' | 'size';
  rival: string;
  payload: PayloadName;
}

export type Target = MeanTarget | PayloadTarget;

const means: readonly MeanTarget[] = [
  { kind: 'mean', rival: 'msgpackr-zod', atLeast: 3 },
  { kind: 'mean', rival: 'msgpackr-compiled', atLeast: 2 },
  { kind: 'mean', rival: 'json-zod', atLeast: 4 },
];

export const targets: readonly Target[] = [
  ...means,
  ...payloadNames.flatMap((payload): Target[] => [
    ...means.map(({ rival }): PayloadTarget => ({ kind: 'speed', rival, payload })),
    { kind: 'size', rival: 'msgpackr-zod', payload },
  ]),
];

/**
 * @param asked whether a contestant and payload were part of the run: what was asked for and has no figures is a miss
 *   of its own kind, what was left out by a filter is not
 */
export function judge(
  measurements: Measurements,
  asked: (contestant: string, payload: PayloadName) => boolean,
): Verdict[] {
  return targets.map((target) => {
    const words = inWords(target);
    const needed = target.kind === 'mean' ? payloadNames : [target.payload];
    if (!needed.every((payload) => asked(ours, payload) && asked(target.rival, payload))) {
      return { target: words, outcome: 'not in this run' };
    }
    const value = measuredValue(target, measurements);
    if (value === undefined) return { target: words, outcome: 'not measured' };
    return { target: words, outcome: isMet(target, value) ? 'met' : 'missed', value };
  });
}

function measuredValue(target: Target, measurements: Measurements): number | undefined {
  switch (target.kind) {
    case 'mean':
      return meanSpeedRatio(measurements, target.rival, payloadNames);
    case 'speed':
      return speedRatio(measurements, target.rival, target.payload);
    case 'size':
      return sizeRatio(measurements, target.rival, target.payload);
  }
}

function isMet(target: Target, value: number): boolean {
  if (target.kind === 'size') return value <= 1;
  return value >= (target.kind === 'mean' ? target.atLeast : 1);
}

function inWords(target: Target): string {
  switch (target.kind) {
    case 'mean':
      return `${ours} at least ${target.atLeast} × ${target.rival}, geometric mean over all payloads`;
    case 'speed':
      return `${target.payload}: ${ours} not slower than ${target.rival}`;
    case 'size':
      return `${target.payload}: ${ours} not larger than ${target.rival}, in any variant`;
  }
}
