import { Console } from 'node:console';
import { Command, Option } from 'commander';
import { writableFile, write } from '../bench/files.js';
import { interruptSignal } from '../bench/interrupt.js';
import {
  type BenchOptions,
  count,
  durationMs,
  durationOrNone,
  integer,
  metadata,
  rate,
  uid,
} from '../bench/options.js';
import { type Plan, planOf } from '../bench/plan.js';
import { BenchProgress } from '../bench/progress.js';
import { reportText } from '../bench/report-text.js';
import { type BenchResult, environment, resultOf } from '../bench/result.js';
import { run } from '../bench/run.js';
import { EXIT_CODES_HELP, ExitCode } from '../exit.js';

const HELP = [
  'Times are 500ms, 10s, 2m or 1h.',
  '',
  'Without --rate the loop is closed: the next call begins when one has ended, -c of them at a time. It tells the most that a',
  'service can do. With --rate it is open: calls begin at that rate whether or not earlier ones were answered, and their',
  'latency counts from when they should have begun. It tells how long users wait.',
  '',
  'An input file holds',
  '  one JSON value, or an array of them, or one in each line (.ndjson, .jsonl); an array is one value where the method',
  '  takes it as it is',
  '  a module (.mjs, .js, .ts): its default export, for what JSON has not: dates, bytes, bigints',
  'Values take turns. Each is checked by the contract before anything is called.',
  '',
  'Examples:',
  '  doorcall bench src/orders.service.ts --method place --input order.json',
  '  doorcall bench src/orders.gen.ts --method place --input orders.ndjson -c 16 -z 10s --rate 5000 --html report.html',
].join('\n');

/** `doorcall bench`: measures a method of a running service. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('Measure a method of a running service')
    .argument('<module>', "the service's contract, or what was generated from it")
    .option('--method <name>', 'what to call: place, or orders/place (default: the only one)')
    .option('--input <file>', 'what to call it with: JSON, NDJSON or a module; - for standard input')
    .option(
      '-c, --concurrency <n>',
      'calls in flight (default: 1; with --rate: at most 1,000 of each connection)',
      count,
    )
    .option('-n, --requests <n>', 'how many calls', count)
    .option('-z, --duration <time>', 'how long calls are begun (default: 10s; with -n none)', durationMs)
    .option('--rate <n>', 'calls a second, whether or not earlier ones were answered', rate)
    .addOption(
      new Option(
        '--arrivals <how>',
        'evenly, or by chance as independent users come (default: uniform)',
      ).choices(['uniform', 'poisson']),
    )
    .option('--seed <n>', 'of that chance (default: 1)', integer)
    .option(
      '--warm-up <time>',
      'calls before those that count; 0 for none (default: 1s; with -n none)',
      durationOrNone,
    )
    .option('--sync', 'call by .sync(), which blocks the thread: the lowest latency')
    .option('--connections <n>', 'clients that take turns, each with a connection of its own', count, 1)
    .addOption(
      new Option('--timeout <time>', 'for one call, a whole stream included')
        .argParser(durationMs)
        .default(30_000, '30s'),
    )
    .option('--directory <folder>', 'where the service lives (default: where servers are by default)')
    .option('--instance <name>', 'call this instance only (default: all of them)')
    .option('--server-uid <uid>', "the uid that the server must have, or 'any' (default: your own)", uid)
    .addOption(
      new Option('--connect-timeout <time>', 'time to find a server, also in the middle of the run')
        .argParser(durationMs)
        .default(5_000, '5s'),
    )
    .option('--metadata <key=value>', 'travels with each call; may be repeated', metadata)
    .option('--json <file>', 'write the result there', writableFile)
    .option('--html <file>', 'write the result there as a page with pictures', writableFile)
    .addHelpText('after', `\n${HELP}\n\n${EXIT_CODES_HELP}`)
    .action(bench);
}

async function bench(module: string, options: BenchOptions): Promise<void> {
  // Standard output is for the result; what a contract module prints goes where people look.
  globalThis.console = new Console(process.stderr);
  const surroundings = { environment: environment(), command: commandLine(), date: new Date() };
  const plan: Plan = await planOf(module, options);
  const signal = interruptSignal();
  const measured = await run(plan, options, signal, new BenchProgress());
  if (measured === undefined) {
    process.stderr.write('Interrupted before anything was measured.\n');
    process.exitCode = ExitCode.interrupted;
    return;
  }
  const result = resultOf(plan, options, measured, surroundings);
  process.stdout.write(reportText(result));
  await writeFiles(result, options);
  if (result.ended === 'interrupted') process.exitCode = ExitCode.interrupted;
  else if (result.ended === 'server gone' || result.calls > (result.counts.OK ?? 0))
    process.exitCode = ExitCode.found;
}

async function writeFiles(result: BenchResult, { json, html }: BenchOptions): Promise<void> {
  if (json !== undefined) write(json, `${JSON.stringify(result, null, 2)}\n`);
  if (html === undefined) return;
  // The plotting library takes a moment to load.
  const { pageOf } = await import('../bench/page/page.js');
  write(html, pageOf(result));
}

function commandLine(): string {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
  return `doorcall ${words.join(' ')}`;
}
