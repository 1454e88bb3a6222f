/** Calls at a fixed rate, whatever the answers do. */
import { type EncodedLatencies, openLoop } from '@doorcall/load';
import type { Connection } from '../transport.js';
import { asyncExchange, type Content } from './load.js';
import type { Generator } from './results.js';

export interface OpenLoad {
  readonly content: Content;
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

export interface OpenResult {
  /** From when each call should have begun. */
  readonly latencies: EncodedLatencies;
  /** Calls that were answered, a second. */
  readonly achievedPerSecond: number;
  readonly generator: Generator;
}

/**
 * A call that is due while so many are unanswered waits for one of them, and its latency with it. More are no load that
 * a service would bear, but its end; a doorcall server takes no more from one connection.
 */
const maxInFlight = 1_000;

/** @throws when a call fails: what a transport does beyond what it can is measured, not what it refuses */
export async function measureOpen(connection: Connection, load: OpenLoad): Promise<OpenResult> {
  if (connection.mode === 'sync') throw new Error('a blocked thread cannot begin the next call in time');
  const { content, ratePerSecond, durationMs } = load;
  const { send } = asyncExchange(connection, content);
  let failure: unknown;
  const { latencies, achievedPerSecond, due, neverStarted, generator, failures } = await openLoop({
    call: send,
    classify(error) {
      failure = error;
      return 'failed';
    },
    ratePerSecond,
    durationMs,
    maxInFlight,
  });
  if (failures.calls > 0) throw failure;
  const { lateness, keptUp } = generator;
  return {
    latencies: latencies.toJSON(),
    achievedPerSecond,
    generator: {
      ...{ due, neverStarted, keptUp },
      latenessP50Us: lateness.percentileUs(50),
      latenessP99Us: lateness.percentileUs(99),
      latenessMaxUs: lateness.percentileUs(100),
    },
  };
}
