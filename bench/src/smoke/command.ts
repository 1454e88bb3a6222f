import type { Command } from 'commander';
import { describeEnvironment } from '../environment.js';
import { interruptSignal } from '../interrupt.js';
import { NoiseWatch } from '../noise.js';
import { Progress } from '../progress.js';
import {
  choosing,
  conclude,
  helpLines,
  narrowing,
  type SuiteOptions,
  suiteCommand,
} from '../suite-command.js';
import { callableNames } from '../transports.js';
import { complaint } from '../verdicts.js';
import { printSmoke } from './print.js';
import { summarise } from './results.js';
import { runSmoke, type SmokePlan } from './run.js';
import { type ScenarioName, scenarioNames, scenarios } from './scenarios.js';
import { judge } from './targets.js';
import { usualTransports } from './usual-transports.js';

interface SmokeOptions extends SuiteOptions {
  transport: string[];
  scenario: ScenarioName[];
}

export function smokeCommand(): Command {
  const transports = callableNames();
  const transportOption = choosing('--transport <a,b>', 'these transports', 'transport', transports);
  const summaries = Object.fromEntries(scenarioNames.map((name) => [name, scenarios[name].summary]));
  return suiteCommand({
    name: 'smoke',
    description: 'doorcall and its usual rivals in every scenario, in some two minutes',
    assert: 'exit with 1 when doorcall misses a target, and say which',
    rounds: 3,
  })
    .addOption(transportOption.default(usualTransports, usualTransports.join(', ')))
    .addOption(narrowing('--scenario <x,y>', 'scenario', scenarioNames))
    .addHelpText('after', `\nTransports: ${transports.join(', ')}\n\nScenarios:\n${helpLines(summaries)}`)
    .action(smoke);
}

async function smoke(options: SmokeOptions): Promise<void> {
  const signal = interruptSignal();
  const environment = describeEnvironment();
  const plan: SmokePlan = {
    transports: options.transport,
    scenarios: options.scenario,
    rounds: options.rounds,
  };
  const noise = new NoiseWatch();
  const measurements = await runSmoke(plan, noise, new Progress(), signal);
  const asked = (transport: string, scenario: ScenarioName) =>
    plan.transports.includes(transport) && plan.scenarios.includes(scenario);
  const verdicts = judge(measurements, asked);
  const report = summarise(plan, environment, noise.finish(environment), measurements, verdicts);
  conclude(options, signal, {
    text: printSmoke(report, plan.rounds),
    report,
    measured: report.results.length,
    complaint: complaint(verdicts),
  });
}
