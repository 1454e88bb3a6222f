/** Runs that nobody measured, for tests. */
import type { FigureName, LabResults, MeasuredTransport, Point, SuiteName } from '../../src/lab/results.js';

const peer: MeasuredTransport = { kind: 'peer', summary: 'a peer', version: '1.0.0' };

/** What a run consists of beside its figures; parts can be replaced. */
export function runOf(
  trials: LabResults['trials'],
  { environment, noise, ...parts }: Partial<LabResults> = {},
): LabResults {
  const names = new Set(trials.map(({ transport }) => transport));
  return {
    format: 'doorcall-lab',
    version: 2,
    command: 'npm run bench -- made up',
    environment: {
      cpu: 'Example CPU',
      cores: 2,
      kernel: '6.1.0',
      node: 'v20.20.0',
      governor: 'performance',
      virtualisation: null,
      commit: 'abc1234',
      loadBefore: [0.1, 0.1, 0.1],
      date: '2025-01-01T00:00:00.000Z',
      ...environment,
    },
    noise: {
      trusted: true,
      reasons: [],
      spinSpreadPercent: 1.5,
      loadAfter: 0.9,
      stolenPercent: 0,
      ...noise,
    },
    rounds: 1 + Math.max(0, ...trials.map(({ round }) => round)),
    interrupted: false,
    transports: Object.fromEntries([...names].map((name) => [name, peer])),
    gaps: [],
    trials,
    ...parts,
  };
}

/** A trial in each round, with these values of one figure. */
export function rounds(
  suite: SuiteName,
  point: Point,
  transport: string,
  figure: FigureName,
  values: readonly number[],
): LabResults['trials'] {
  return values.map((value, round) => ({ suite, point, transport, round, figures: { [figure]: value } }));
}
