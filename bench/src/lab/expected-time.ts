/** How long a lab run takes, before there is anything to tell it from. */
import type { LabPlan, Participant } from './run.js';
import { stagesOf } from './trial.js';

/** Seconds of a pair of processes around its windows: they start, are warmed up, and end. */
const stageSeconds = 1.8;
/** Seconds of each further client: it starts, and shares the CPUs in the warm-up. */
const clientSeconds = 0.25;
/** Seconds of a point around its window: another shape is warmed up. */
const pointSeconds = 0.3;

/** What a suite does beside its windows, in seconds of a point: idle processes are watched, large values made and sent. */
const besides = { latency: 0.15, cost: 3, mixed: 1.5 } as const;

/** Most transports are saturated before the last rates of an open loop. */
const triedRates = 0.75;

/** In the order of the participant's points. */
export function expectedSeconds(
  { suite, transport, points }: Pick<Participant, 'suite' | 'transport' | 'points'>,
  { windowMs, placement }: Pick<LabPlan, 'windowMs' | 'placement'>,
): number[] {
  const window = Math.max(windowMs, suite.minWindowMs ?? 0) / 1_000;
  // Neither connects nor compiles anything.
  if (transport.kind === 'floor') return points.map(() => window + 0.1);
  const more = (besides as Partial<Record<string, number>>)[suite.name] ?? 0;
  return stagesOf(suite, points, placement).flatMap(({ points: own, layout: { clients } }) =>
    own.map((_, i) => {
      const fresh = i === 0 ? stageSeconds + (clients - 1) * clientSeconds : 0;
      const tried = suite.isLast === undefined ? 1 : triedRates;
      return fresh + tried * (window + pointSeconds) + more;
    }),
  );
}
