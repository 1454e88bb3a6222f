/** A server that is replaced again and again under load: no call may fail. */
import { type StatusCode, statusFromNumber } from '@doorcall/core';
import type { Totals } from '../ledger/auditor.js';
import { within } from '../world/within.js';
import { World } from '../world/world.js';

export interface RestartOptions {
  readonly restarts: number;
  readonly clients: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, words: string) => void;
}

export interface RestartResult {
  readonly restarts: number;
  readonly seconds: number;
  readonly totals: Totals;
  readonly failures: Readonly<Partial<Record<StatusCode, number>>>;
  readonly failed: number;
  readonly violationCount: number;
  readonly violations: readonly string[];
}

const NAME = 'main';
/** Nothing takes longer. */
const PATIENCE_S = 120;
/** Calls that are made between two restarts, at least. */
const BETWEEN = 100;

export async function runRestarts(options: RestartOptions): Promise<RestartResult> {
  const { restarts, clients, seed, signal, progress } = options;
  const world = new World({ seed, operations: 'gentle', rate: 300, concurrency: 8, anchor: NAME });
  const began = performance.now();
  let done = 0;
  const result = (): RestartResult => {
    const { totals, failures, violations, violationCount } = world.auditor;
    return {
      restarts: done,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      totals,
      failures: Object.fromEntries([...failures].map(([code, count]) => [statusFromNumber(code), count])),
      failed: totals.failed + totals.notExecuted,
      violationCount,
      violations,
    };
  };
  try {
    let server = await world.serve(NAME);
    await Promise.all(Array.from({ length: clients }, (_, i) => world.startClient(`client ${i + 1}`)));
    for (; done < restarts && !signal.aborted; done += 1) {
      await callsMore(world, signal);
      const old = server;
      server = await world.serve(NAME, true);
      // It ends by itself, when its last call has.
      await within(PATIENCE_S, 'draining', old.exited);
      const { succeeded } = world.auditor.totals;
      progress?.(done + 1, `${succeeded} calls, ${result().failed} failed`);
    }
    await callsMore(world, signal);
    await Promise.all(
      [...world.clients].map((client) => within(PATIENCE_S, 'stopping', world.stopClient(client))),
    );
    world.audit();
    return result();
  } finally {
    await world.dispose();
  }
}

/** Waits until some more calls have succeeded. */
async function callsMore(world: World, signal: AbortSignal): Promise<void> {
  world.audit();
  const { succeeded } = world.auditor.totals;
  while (world.auditor.totals.succeeded < succeeded + BETWEEN && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    world.audit();
  }
}
