/** One window in which all clients of a stage call at the same time. */
import { Latencies } from '@doorcall/load';
import { monotonicMs } from './clock.js';
import type { LoadResult } from './commands.js';
import type { Load } from './load.js';
import { latencyFigures } from './measure-closed.js';
import type { Stage } from './stage.js';
import type { Measured } from './suite.js';
import { anotherShape } from './warm-up.js';

/** For the command to reach a client before all of them begin. */
const noticeMs = 20;
const noticePerClientMs = 2;

/** Each client is warmed up in this shape, and then all begin at one instant. @throws when not one call was made */
export async function measureTogether(stage: Stage, load: Load): Promise<Measured> {
  await stage.warmUp(load, anotherShape);
  return together(await callTogether(stage, load));
}

/**
 * @param notice how long before all of them begin they are told to, in ms
 * @returns what each client did
 */
export function callTogether(
  { clients }: Stage,
  load: Load,
  notice: number = noticeMs + noticePerClientMs * clients.length,
): Promise<LoadResult[]> {
  const beginMs = monotonicMs() + notice;
  return Promise.all(clients.map((client) => client.ask('measure', { load, beginMs })));
}

/** The rate is that of the span in which anybody called: of a client that begins late, it is as long as for the others. */
export function together(results: readonly LoadResult[]): Measured {
  const latencies = Latencies.merge(results.map((result) => result.latencies)).toJSON();
  const { calls, figures } = latencyFigures(latencies);
  const start = Math.min(...results.map(({ startMs }) => startMs));
  const end = Math.max(...results.map(({ endMs }) => endMs));
  return { calls, latencies, figures: { ...figures, callsPerSecond: calls / ((end - start) / 1_000) } };
}
