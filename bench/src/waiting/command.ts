import type { Command } from 'commander';
import { describeEnvironment } from '../environment.js';
import { interruptSignal } from '../interrupt.js';
import { formatSeconds, Progress } from '../progress.js';
import { conclude, type SuiteOptions, suiteCommand } from '../suite-command.js';
import { allCells, type Cell, cellId, parseCells, quickCells } from './cells.js';
import { policies } from './policies.js';
import { printWaiting } from './print.js';
import { summarise } from './results.js';
import { expectedSeconds, runWaiting, type WaitingPlan } from './run.js';
import { doubtfulCells, limits } from './verdict.js';

interface WaitingOptions extends SuiteOptions {
  quick?: true;
  cells?: Cell[];
}

export function waitingCommand(): Command {
  return suiteCommand({
    name: 'waiting',
    description: 'the waiting policy against its rivals, cell by cell',
    assert: 'exit with 1 when the chosen policy misses a demand also when measured more often',
    rounds: limits.rounds,
  })
    .option('--quick', 'fewer and shorter cells: a first impression')
    .option(
      '--cells <patterns>',
      'only these cells, e.g. pair/0/*/* or chain/*/5/0,fanin/200/5/2',
      parseCells,
    )
    .addHelpText(
      'after',
      `\nPolicies: ${policies.join(', ')}\n` +
        'A cell is <topology>/<gap µs>/<handler µs>/<busy processes>:\n' +
        '  topologies pair, chain, fanin; gaps 0, 20, 200, 2000; handlers 0.5, 5, 20; busy processes 0, 1, 2',
    )
    .action(waiting);
}

async function waiting(options: WaitingOptions, command: Command): Promise<void> {
  if (options.assert && options.rounds < limits.rounds) {
    command.error(`error: --assert needs at least ${limits.rounds} rounds`);
  }
  const signal = interruptSignal();
  const environment = describeEnvironment();
  const plan: WaitingPlan = {
    cells: options.cells ?? (options.quick ? quickCells : allCells),
    rounds: options.rounds,
    ...(options.quick ? { warmUpMs: 60, measureMs: 150 } : { warmUpMs: 100, measureMs: 400 }),
  };
  process.stderr.write(
    `${plan.cells.length} cells × ${policies.length} policies × ${plan.rounds} rounds: ` +
      `about ${formatSeconds(expectedSeconds(plan))}.\n`,
  );
  const figures = await runWaiting(plan, new Progress(), signal);
  // The mean of the best of five rivals in a cell with compute-bound company is luck as much as policy: before it
  // counts as a miss, the cell is measured more often.
  const doubtful = options.assert ? doubtfulCells(plan.cells, figures) : [];
  if (doubtful.length > 0 && !signal.aborted) {
    const more = { ...plan, cells: doubtful, rounds: plan.rounds * limits.roundsOnMiss };
    const ids = doubtful.map(cellId).join(', ');
    process.stderr.write(`${more.rounds} further rounds for what misses a demand so far: ${ids}.\n`);
    await runWaiting(more, new Progress(), signal, figures);
  }
  const report = summarise(plan.cells, plan.rounds, environment, figures);
  const misses = report.verdict.misses.map((miss) => `  ${miss}\n`);
  conclude(options, signal, {
    text: printWaiting(report),
    report,
    measured: report.results.length,
    complaint: misses.length === 0 ? undefined : `The chosen policy does not hold:\n${misses.join('')}`,
  });
}
