import { Command, Option } from 'commander';
import { listOf, positiveInteger } from '../choice.js';
import { describeEnvironment } from '../environment.js';
import { interruptedExitCode, interruptSignal } from '../interrupt.js';
import { writableFile, writeJson } from '../json-file.js';
import { Progress } from '../progress.js';
import { complaint, passes } from '../verdicts.js';
import { contestantNames } from './contestants.js';
import { type PayloadName, payloadNames, payloads } from './payloads/index.js';
import { printCodec } from './print.js';
import { type CodecPlan, summarise } from './results.js';
import { runCodec } from './run.js';
import { judge } from './targets.js';

interface CodecOptions {
  json?: string;
  assert?: true;
  rounds: number;
  contestant: string[];
  payload: PayloadName[];
}

export function codecCommand(): Command {
  const contestants = contestantNames();
  const payloadHelp = payloadNames.map((name) => `  ${name.padEnd(12)} ${payloads[name].summary}`);
  return new Command('codec')
    .description('encode, decode and validate: generated code beside libraries, in some three minutes')
    .option('--json <file>', 'write environment and results to this file', writableFile)
    .option('--assert', 'exit with 1 when the generated codec misses a target, and say which')
    .option('--rounds <n>', 'rounds; figures are medians over them', positiveInteger, 5)
    .addOption(
      new Option('--contestant <a,b>', 'only these contestants')
        .argParser(listOf('contestant', contestants))
        .default(contestants, 'all'),
    )
    .addOption(
      new Option('--payload <x,y>', 'only these payloads')
        .argParser(listOf('payload', payloadNames))
        .default(payloadNames, 'all'),
    )
    .addHelpText('after', `\nContestants: ${contestants.join(', ')}\n\nPayloads:\n${payloadHelp.join('\n')}`)
    .action(codec);
}

async function codec(options: CodecOptions): Promise<void> {
  const signal = interruptSignal();
  const environment = describeEnvironment();
  const plan: CodecPlan = {
    contestants: options.contestant,
    payloads: options.payload,
    rounds: options.rounds,
  };
  const measurements = await runCodec(plan, new Progress(), signal);
  const asked = (contestant: string, payload: PayloadName) =>
    plan.contestants.includes(contestant) && plan.payloads.includes(payload);
  const verdicts = judge(measurements, asked);
  const report = summarise(plan, environment, measurements, verdicts);
  process.stdout.write(printCodec(report, plan.rounds));
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
