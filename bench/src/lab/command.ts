/** `npm run bench -- latency`, `throughput`, …, `all`. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { listOf, positiveInteger } from '../choice.js';
import { interruptSignal } from '../interrupt.js';
import { writableFile } from '../json-file.js';
import { findSeats, type Placement, placements } from '../placement.js';
import { formatSeconds, Progress } from '../progress.js';
import { conclude, exitCodeHelp, helpLines, narrowing, type SuiteOptions } from '../suite-command.js';
import { transportNames } from '../transports.js';
import { printLab } from './print.js';
import { type Point, type SuiteName, suiteNames } from './results.js';
import { type Field, findField, type LabPlan, runLab } from './run.js';
import { suites } from './suites/index.js';

interface LabOptions extends SuiteOptions {
  transport: string[];
  window: number;
  suite?: SuiteName[];
  placement: Placement;
  series?: string[];
  payload?: string[];
  concurrency?: string[];
  rate?: string[];
  clients?: string[];
  busy?: string[];
}

/** Options that narrow a suite's points, by the field of the point. */
const narrowed = {
  series: { flags: '--series <x,y>', what: 'series' },
  payloadBytes: { flags: '--payload <bytes,…>', what: 'payload size' },
  concurrency: { flags: '--concurrency <n,…>', what: 'number of calls in flight' },
  ratePerSecond: { flags: '--rate <per second,…>', what: 'rate' },
  clients: { flags: '--clients <n,…>', what: 'number of clients' },
  busy: { flags: '--busy <n,…>', what: 'number of busy processes' },
} as const satisfies Partial<Record<keyof Point, { flags: string; what: string }>>;
type Narrowed = keyof typeof narrowed;

export function labCommands(): Command[] {
  const summaries = Object.fromEntries(suiteNames.map((name) => [name, suites[name].summary]));
  const all = labCommand('all', 'every suite of the latency lab, one after the other', suiteNames);
  all.addHelpText('after', `\nSuites:\n${helpLines(summaries)}`);
  return [...suiteNames.map((name) => labCommand(name, suites[name].summary, [name])), all];
}

function labCommand(name: string, description: string, names: readonly SuiteName[]): Command {
  const transports = transportNames();
  const points = names.flatMap((suite) => suites[suite].points);
  const command = new Command(name)
    .description(description)
    .option(
      '--json <file>',
      'write environment and results to this file, for `report` and `compare`',
      writableFile,
    )
    .option('--rounds <n>', 'rounds; figures are medians over them', positiveInteger, 3)
    .option('--window <ms>', 'length of a measured window', positiveInteger, 250)
    .addOption(narrowing('--transport <a,b>', 'transport', transports))
    .addOption(
      new Option('--placement <x>', 'on which CPUs server and client run, where the suite does not say')
        .choices(Object.keys(placements))
        .default('free'),
    );
  if (names.length > 1) {
    const suiteOption = new Option('--suite <x,y>', 'only these suites').argParser(listOf('suite', names));
    command.addOption(suiteOption);
  }
  for (const [field, { flags, what }] of Object.entries(narrowed) as [
    Narrowed,
    { flags: string; what: string },
  ][]) {
    const known = [...new Set(points.flatMap((point) => point[field] ?? []))].map(String);
    if (known.length < 2) continue;
    command.addOption(new Option(flags, `only these, of ${known.join(', ')}`).argParser(listOf(what, known)));
  }
  return command
    .addHelpText('after', exitCodeHelp)
    .addHelpText('after', `\nTransports: ${transports.join(', ')}\n\nPlacements:\n${helpLines(placements)}`)
    .action(async (options: LabOptions) => {
      assertPlacement(command, options.placement);
      const plan: LabPlan = {
        command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
        suites: options.suite ?? names,
        transports: options.transport,
        rounds: options.rounds,
        windowMs: options.window,
        placement: options.placement,
        wants: wanted(options),
      };
      await lab(plan, options);
    });
}

async function lab(plan: LabPlan, options: SuiteOptions): Promise<void> {
  const signal = interruptSignal();
  const field = await findField(plan);
  for (const line of forewarnings(plan, field)) process.stderr.write(`${line}\n`);
  const results = await runLab(plan, new Progress(), signal, field);
  conclude(options, signal, {
    text: printLab(results),
    report: results,
    measured: results.trials.length,
    complaint: undefined,
  });
}

const several = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** How long it will take, and what is asked of fewer CPUs than it takes. */
function forewarnings(plan: LabPlan, { transports, seconds }: Field): string[] {
  const cores = availableParallelism();
  const points = plan.suites.flatMap((name) => suites[name].points.filter(plan.wants));
  const most = Math.max(0, ...points.map(({ clients = 1, busy = 0 }) => clients + busy + 1));
  return [
    `About ${formatSeconds(seconds)}: ${several(transports.size, 'transport')}, ${several(points.length, 'point')}, ${several(plan.rounds, 'round')}.`,
    ...(cores < 2
      ? ['This machine has one CPU for client and server: every figure is of the scheduler as well.']
      : []),
    ...(most > cores
      ? [
          `Up to ${most} processes compute on ${cores} CPUs: such figures show how they share, not how fast they could be.`,
        ]
      : []),
  ];
}

function wanted(options: LabOptions): (point: Point) => boolean {
  const lists: Partial<Record<Narrowed, readonly string[]>> = {
    ...(options.series && { series: options.series }),
    ...(options.payload && { payloadBytes: options.payload }),
    ...(options.concurrency && { concurrency: options.concurrency }),
    ...(options.rate && { ratePerSecond: options.rate }),
    ...(options.clients && { clients: options.clients }),
    ...(options.busy && { busy: options.busy }),
  };
  return (point) =>
    (Object.entries(lists) as [Narrowed, readonly string[]][]).every(([field, list]) => {
      const value = point[field];
      return value === undefined || list.includes(String(value));
    });
}

function assertPlacement(command: Command, placement: Placement): void {
  try {
    findSeats(placement);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    command.error(`error: ${(error as Error).message}`);
  }
}
