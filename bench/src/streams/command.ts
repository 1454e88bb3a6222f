import { type Command, Option } from 'commander';
import { describeEnvironment } from '../environment.js';
import { interruptSignal } from '../interrupt.js';
import { type Apart, findApart, type Placement, placements } from '../placement.js';
import { Progress } from '../progress.js';
import {
  conclude,
  helpLine,
  helpLines,
  narrowing,
  type SuiteOptions,
  suiteCommand,
} from '../suite-command.js';
import { complaint } from '../verdicts.js';
import { printStreams } from './print.js';
import { summarise } from './results.js';
import { runStreams, type StreamsPlan } from './run.js';
import { partiesOf, type ScenarioName, scenarioNames, scenarios } from './scenarios/index.js';
import { judge } from './targets.js';
import { quick, thorough } from './timing.js';

/** One CPU for both ends would be another benchmark. */
const ours = { free: placements.free, apart: placements.apart };

interface StreamsOptions extends SuiteOptions {
  quick?: true;
  placement: Placement;
  scenario: ScenarioName[];
}

export function streamsCommand(): Command {
  return suiteCommand({
    name: 'streams',
    description: 'streams and large data, beside calls, raw sockets and memory itself',
    assert: 'exit with 1 when doorcall misses a target, and say which',
    rounds: 5,
  })
    .option('--quick', 'shorter turns: a first impression')
    .addOption(
      new Option('--placement <x>', 'on which CPUs the processes of a party run')
        .choices(Object.keys(ours))
        .default('free'),
    )
    .addOption(narrowing('--scenario <x,y>', 'scenario', scenarioNames))
    .addHelpText(
      'after',
      `\nPlacements:\n${helpLines(ours)}\n\nScenarios, and what is measured in them:\n${scenarioNames.map(helpOf).join('\n')}`,
    )
    .action(streams);
}

function helpOf(name: ScenarioName): string {
  const measures = Object.values(partiesOf(name)).flatMap((party) => Object.entries(party.measures));
  return [
    helpLine(name, scenarios[name].summary),
    ...measures.map(([measure, summary]) => `  ${helpLine(measure, summary, 19)}`),
  ].join('\n');
}

async function streams(this: Command, options: StreamsOptions): Promise<void> {
  const apart = options.placement === 'apart' ? apartOr((reason) => this.error(reason)) : undefined;
  const signal = interruptSignal();
  const environment = describeEnvironment();
  const plan: StreamsPlan = {
    scenarios: options.scenario,
    rounds: options.rounds,
    timing: options.quick ? quick : thorough,
    apart,
  };
  const measurements = await runStreams(plan, new Progress(), signal);
  const verdicts = judge(measurements, (scenario) => plan.scenarios.includes(scenario));
  const report = summarise(plan, environment, measurements, verdicts);
  conclude(options, signal, {
    measured: report.results.length,
    text: printStreams(report),
    report,
    complaint: complaint(verdicts),
  });
}

/** @param refuse ends the program: this machine cannot do what was asked for */
function apartOr(refuse: (reason: string) => never): Apart {
  try {
    return findApart();
  } catch (error) {
    return refuse(`error: ${(error as Error).message}`);
  }
}
