/** The machine-readable outcome of a streams run. */
import type { Environment } from '../environment.js';
import type { Apart, Placement } from '../placement.js';
import { median, toThousandths } from '../stats.js';
import type { Verdict } from '../verdicts.js';
import type { Figures, Gap, Measurements } from './measurements.js';
import type { StreamsPlan } from './run.js';
import { measuresOf, payloadOf, type ScenarioName } from './scenarios/index.js';

export interface StreamsResult {
  scenario: ScenarioName;
  measure: string;
  /** Payload of one operation; absent where there is none. */
  bytes?: number;
  /** Over all rounds; everything else is the median of the rounds. */
  operations: number;
  perSecond: number;
  /** Absent without payload. */
  gigabytesPerSecond?: number;
  /** Absent where operations overlap. */
  p50Us?: number;
}

export interface StreamsReport {
  environment: Environment;
  rounds: number;
  placement: Placement;
  /** On which CPUs the processes of each party ran; absent when the scheduler decided. */
  cpus?: Apart;
  results: StreamsResult[];
  /** What was asked for and not measured, with the reason. */
  gaps: Gap[];
  targets: Verdict[];
}

export function summarise(
  { scenarios: names, rounds, apart }: Pick<StreamsPlan, 'scenarios' | 'rounds' | 'apart'>,
  environment: Environment,
  measurements: Measurements,
  verdicts: Verdict[],
): StreamsReport {
  const results = names.flatMap((scenario) =>
    measuresOf(scenario).flatMap((measure) => {
      const figures = measurements.of(measure, scenario);
      return figures.length === 0 ? [] : [toResult(scenario, measure, figures)];
    }),
  );
  return {
    environment,
    rounds,
    placement: apart ? 'apart' : 'free',
    ...(apart && { cpus: apart }),
    results,
    gaps: measurements.gaps,
    targets: verdicts,
  };
}

function toResult(scenario: ScenarioName, measure: string, rounds: readonly Figures[]): StreamsResult {
  const bytes = payloadOf(scenario, measure);
  const perSecond = median(rounds.map((figures) => figures.perSecond));
  const p50s = rounds.flatMap(({ p50Us }) => p50Us ?? []);
  return {
    scenario,
    measure,
    ...(bytes !== undefined && { bytes }),
    operations: rounds.reduce((sum, { operations }) => sum + operations, 0),
    perSecond: toThousandths(perSecond),
    ...(bytes !== undefined && { gigabytesPerSecond: toThousandths((perSecond * bytes) / 1e9) }),
    ...(p50s.length > 0 && { p50Us: toThousandths(median(p50s)) }),
  };
}
