/** The smoke run: what can take part, and the rounds. */
import type { NoiseWatch } from '../noise.js';
import type { Progress } from '../progress.js';
import { loadCallable } from '../transports.js';
import { Measurements } from './measurements.js';
import { Round, type RoundPlan } from './round.js';
import { type Scenario, type ScenarioName, scenarios } from './scenarios.js';

export interface SmokePlan {
  transports: readonly string[];
  scenarios: readonly ScenarioName[];
  rounds: number;
}

/** When `signal` fires, what was measured so far is returned. */
export async function runSmoke(
  plan: SmokePlan,
  noise: NoiseWatch,
  progress: Progress,
  signal: AbortSignal,
): Promise<Measurements> {
  const measurements = new Measurements();
  const { transports, canRun } = await findParticipants(plan, measurements);
  const rounds: RoundPlan[] = Array.from({ length: plan.rounds }, (_, round) => {
    return { round, transports, scenarios: plan.scenarios, canRun };
  });
  progress.begin(rounds.reduce((sum, round) => sum + Round.steps(round), 0));
  try {
    for (const round of rounds) await new Round(round, measurements, noise, progress, signal).run();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  progress.end();
  return measurements;
}

/** Notes as a gap what cannot be measured here at all. */
async function findParticipants(plan: SmokePlan, measurements: Measurements) {
  const able = new Set<string>();
  for (const transport of plan.transports) {
    for (const scenario of plan.scenarios) {
      const obstacle = await findObstacle(transport, scenarios[scenario]);
      if (obstacle === undefined) able.add(`${scenario}/${transport}`);
      else measurements.gaps.push({ transport, scenario, reason: obstacle });
    }
  }
  const canRun = (transport: string, scenario: ScenarioName) => able.has(`${scenario}/${transport}`);
  const transports = plan.transports.filter((transport) =>
    plan.scenarios.some((scenario) => canRun(transport, scenario)),
  );
  return { transports, canRun };
}

async function findObstacle(name: string, { needs }: Scenario): Promise<string | undefined> {
  try {
    const { cannot } = await loadCallable(name);
    return needs === undefined ? undefined : cannot?.[needs];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
