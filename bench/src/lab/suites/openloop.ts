import { latencyFigures } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const rates = [100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 400_000, 800_000] as const;

/** At a low rate the window is longer: percentiles need calls. */
const minCalls = 150;
/** Less of the offered rate than this, and the transport is saturated. */
const keptUp = 0.97;

export const openloop: Suite = {
  name: 'openloop',
  summary: 'calls at a fixed rate, whatever the answers do; latency from when each call should have begun',
  compareBy: 'p99Us',
  points: rates.map((ratePerSecond) => ({ ratePerSecond })),
  needs: () => ['concurrent'],
  layout: () => onePair,
  async measure({ client }, { ratePerSecond }, windowMs) {
    const rate = ratePerSecond!;
    const durationMs = Math.max(windowMs, (minCalls / rate) * 1_000);
    const result = await client.ask('measureOpen', {
      content: orders.content,
      ratePerSecond: rate,
      durationMs,
    });
    const { calls: _, ...figures } = latencyFigures(result.latencies);
    return {
      latencies: result.latencies,
      figures: { ...figures, achievedPerSecond: result.achievedPerSecond },
    };
  },
  isLast: ({ ratePerSecond }, { figures }) => figures.achievedPerSecond! < keptUp * ratePerSecond!,
};
