import { Command, Option } from 'commander';
import { listOf, positiveInteger } from '../choice.js';
import { describeEnvironment } from '../environment.js';
import { interruptedExitCode, interruptSignal } from '../interrupt.js';
import { writableFile, writeJson } from '../json-file.js';
import { Progress } from '../progress.js';
import { transportNames } from '../transports.js';
import { complaint, passes } from '../verdicts.js';
import { printSmoke } from './print.js';
import { summarise } from './results.js';
import { runSmoke, type SmokePlan } from './run.js';
import { type ScenarioName, scenarioNames, scenarios } from './scenarios.js';
import { judge } from './targets.js';

interface SmokeOptions {
  json?: string;
  assert?: true;
  rounds: number;
  transport: string[];
  scenario: ScenarioName[];
}

export function smokeCommand(): Command {
  const transports = transportNames();
  const scenarioHelp = scenarioNames.map((name) => `  ${name.padEnd(12)} ${scenarios[name].summary}`);
  return new Command('smoke')
    .description('every transport in every scenario, in some two minutes')
    .option('--json <file>', 'write environment and results to this file', writableFile)
    .option('--assert', 'exit with 1 when doorcall misses a target, and say which')
    .option('--rounds <n>', 'rounds; figures are medians over them', positiveInteger, 3)
    .addOption(
      new Option('--transport <a,b>', 'only these transports')
        .argParser(listOf('transport', transports))
        .default(transports, 'all'),
    )
    .addOption(
      new Option('--scenario <x,y>', 'only these scenarios')
        .argParser(listOf('scenario', scenarioNames))
        .default(scenarioNames, 'all'),
    )
    .addHelpText('after', `\nTransports: ${transports.join(', ')}\n\nScenarios:\n${scenarioHelp.join('\n')}`)
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
  const measurements = await runSmoke(plan, new Progress(), signal);
  const asked = (transport: string, scenario: ScenarioName) =>
    plan.transports.includes(transport) && plan.scenarios.includes(scenario);
  const verdicts = judge(measurements, asked);
  const report = summarise(plan, environment, measurements, verdicts);
  process.stdout.write(printSmoke(report, plan.rounds));
  if (options.json !== undefined) writeJson(options.json, report);
  if (signal.aborted) {
    process.stderr.write('Interrupted: the figures above are of a part of the run.\n');
    process.exitCode = interruptedExitCode;
  } else if (report.results.length === 0) {
    process.stderr.write('Nothing could be measured.\n');
    process.exitCode = 1;
  } else if (options.assert && !passes(verdicts)) {
    process.stderr.write(complaint(verdicts));
    process.exitCode = 1;
  }
}
