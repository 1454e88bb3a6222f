/** The run: in every round and scenario, fresh processes for each party. */

import type { Apart } from '../placement.js';
import type { Progress } from '../progress.js';
import { Measurements } from './measurements.js';
import { ScenarioRound } from './scenario-round.js';
import type { ScenarioName } from './scenarios/index.js';
import type { Timing } from './timing.js';

export interface StreamsPlan {
  scenarios: readonly ScenarioName[];
  rounds: number;
  timing: Timing;
  /** Where the processes of each party run; undefined leaves it to the scheduler. */
  apart: Apart | undefined;
}

/** When `signal` fires, what was measured so far is returned. */
export async function runStreams(
  plan: StreamsPlan,
  progress: Progress,
  signal: AbortSignal,
): Promise<Measurements> {
  const measurements = new Measurements();
  progress.begin(plan.rounds * plan.scenarios.reduce((sum, name) => sum + ScenarioRound.steps(name), 0));
  try {
    for (let round = 0; round < plan.rounds; round++) {
      for (const scenario of plan.scenarios) {
        const { timing, apart } = plan;
        await new ScenarioRound({ round, scenario, timing, apart }, measurements, progress, signal).run();
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  progress.end();
  return measurements;
}
