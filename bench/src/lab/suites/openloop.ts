import { median } from '../../stats.js';
import { latencyFigures } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

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
    const { calls, figures } = latencyFigures(latencies);
    return { calls, latencies, generator, figures: { ...figures, achievedPerSecond } };
  },
  isLast: ({ ratePerSecond }, rounds) => {
    const lost = rounds.map(({ generator }) =>
      generator === undefined ? 0 : generator.neverStarted / generator.due,
    );
    const achieved = rounds.map(({ figures }) => figures.achievedPerSecond! / ratePerSecond!);
    return median(lost) > mostNeverStarted || median(achieved) < leastAchieved;
  },
};
