import { median } from '../../stats.js';
import { latencyFigures } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { type Measured, orders, type Suite } from '../suite.js';

export const rates = [100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 400_000, 800_000] as const;

/** Before each rate, at that rate. */
const warmUpMs = 300;
/** More calls than this were never started, because as many as may be in flight were, and the transport is saturated. */
const mostNeverStarted = 0.03;
/**
 * So is one that answers less than this of the offered rate, whose queue would have become too long in a longer window. No
 * closer to 1: the time runs to the last answer, so one stall at the end counts with all its length.
 */
const leastAchieved = 0.8;
/** Ten calls lie beyond a percentile that is given. */
const neededCalls = { p99Us: 1_000, p999Us: 10_000 } as const;

export const openloop: Suite = {
  name: 'openloop',
  summary: 'calls at a fixed rate, whatever the answers do; latency from when each call should have begun',
  compareBy: 'p99Us',
  points: rates.map((ratePerSecond) => ({ ratePerSecond })),
  needs: () => ['concurrent'],
  layout: () => onePair,
  // A shorter one is over before a queue that grows is long.
  minWindowMs: 1_000,
  async measure({ client }, { ratePerSecond }, durationMs) {
    const load = { content: orders.content, ratePerSecond: ratePerSecond! };
    await client.ask('measureOpen', { ...load, durationMs: warmUpMs });
    const { latencies, achievedPerSecond, generator } = await client.ask('measureOpen', {
      ...load,
      durationMs,
    });
    const { figures, missing } = openFigures(latencyFigures(latencies));
    return {
      latencies,
      generator,
      figures: { ...figures, achievedPerSecond },
      ...(missing && { missing }),
    };
  },
  isLast: ({ ratePerSecond }, rounds) => {
    const lost = rounds.map(({ generator }) =>
      generator === undefined ? 0 : generator.neverStarted / generator.due,
    );
    const achieved = rounds.map(({ figures }) => figures.achievedPerSecond! / ratePerSecond!);
    return median(lost) > mostNeverStarted || median(achieved) < leastAchieved;
  },
};

/** Without percentiles that too few calls lie beyond. */
export function openFigures({
  calls,
  p99Us,
  p999Us,
  ...others
}: ReturnType<typeof latencyFigures>): Pick<Measured, 'figures' | 'missing'> {
  return {
    figures: {
      ...others,
      ...(calls >= neededCalls.p99Us && p99Us !== undefined && { p99Us }),
      ...(calls >= neededCalls.p999Us && p999Us !== undefined && { p999Us }),
    },
    ...(calls < neededCalls.p99Us && {
      missing: [
        { figure: 'p99Us', reason: `fewer than ${neededCalls.p99Us} calls; a longer --window has more` },
      ],
    }),
  };
}
