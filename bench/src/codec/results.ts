/** The machine-readable outcome of a codec run. */
import type { Environment } from '../environment.js';
import { median, toThousandths } from '../stats.js';
import type { Verdict } from '../verdicts.js';
import type { Figures, Gap, Measurements } from './measurements.js';
import type { PayloadName } from './payloads/index.js';
import { meanSpeedRatio, speedRatio } from './ratios.js';

/** Times are medians over the rounds, for one value. */
export interface CodecResult {
  contestant: string;
  payload: PayloadName;
  /** Encoded size, mean over the variants. */
  bytes: number;
  encodeUs: number;
  /** To decode and validate: the whole less the encoding. */
  decodeUs: number;
  totalUs: number;
  /** `totalUs` over that of the generated codec, as the median of the rounds' ratios; absent without the latter. */
  timesGenerated?: number;
}

export interface CodecReport {
  environment: Environment;
  results: CodecResult[];
  /** Geometric means of `timesGenerated` over the payloads of the run. */
  means: { contestant: string; timesGenerated: number }[];
  /** What was asked for and not measured, with the reason. */
  gaps: Gap[];
  targets: Verdict[];
}

export interface CodecPlan {
  contestants: readonly string[];
  payloads: readonly PayloadName[];
  rounds: number;
}

export function summarise(
  plan: CodecPlan,
  environment: Environment,
  measurements: Measurements,
  verdicts: Verdict[],
): CodecReport {
  const results = plan.payloads.flatMap((payload) =>
    plan.contestants.flatMap((contestant) => {
      const rounds = measurements.of(contestant, payload);
      if (rounds.length === 0) return [];
      const ratio = speedRatio(measurements, contestant, payload);
      return [toResult(contestant, payload, rounds, ratio)];
    }),
  );
  const means = plan.contestants.flatMap((contestant) => {
    const mean = meanSpeedRatio(measurements, contestant, plan.payloads);
    return mean === undefined ? [] : [{ contestant, timesGenerated: toThousandths(mean) }];
  });
  return { environment, results, means, gaps: measurements.gaps, targets: verdicts };
}

function toResult(
  contestant: string,
  payload: PayloadName,
  rounds: readonly Figures[],
  ratio: number | undefined,
): CodecResult {
  const { sizes } = rounds[0]!;
  const overUs = (pick: (figures: Figures) => number) => toThousandths(median(rounds.map(pick)) / 1_000);
  return {
    contestant,
    payload,
    bytes: toThousandths(sizes.reduce((sum, size) => sum + size, 0) / sizes.length),
    encodeUs: overUs(({ encodeNs }) => encodeNs),
    decodeUs: overUs(({ encodeNs, totalNs }) => totalNs - encodeNs),
    totalUs: overUs(({ totalNs }) => totalNs),
    ...(ratio !== undefined && { timesGenerated: toThousandths(ratio) }),
  };
}
