import type { Command } from 'commander';
import { describeEnvironment } from '../environment.js';
import { interruptSignal } from '../interrupt.js';
import { Progress } from '../progress.js';
import { conclude, helpLines, narrowing, type SuiteOptions, suiteCommand } from '../suite-command.js';
import { complaint } from '../verdicts.js';
import { contestantNames } from './contestants.js';
import { type PayloadName, payloadNames, payloads } from './payloads/index.js';
import { printCodec } from './print.js';
import { type CodecPlan, summarise } from './results.js';
import { runCodec } from './run.js';
import { judge } from './targets.js';

interface CodecOptions extends SuiteOptions {
  contestant: string[];
  payload: PayloadName[];
}

export function codecCommand(): Command {
  const contestants = contestantNames();
  const summaries = Object.fromEntries(payloadNames.map((name) => [name, payloads[name].summary]));
  return suiteCommand({
    name: 'codec',
    description: 'encode, decode and validate: generated code beside libraries, in some three minutes',
    assert: 'exit with 1 when the generated codec misses a target, and say which',
    rounds: 5,
  })
    .addOption(narrowing('--contestant <a,b>', 'contestant', contestants))
    .addOption(narrowing('--payload <x,y>', 'payload', payloadNames))
    .addHelpText('after', `\nContestants: ${contestants.join(', ')}\n\nPayloads:\n${helpLines(summaries)}`)
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
  conclude(options, signal, {
    text: printCodec(report, plan.rounds),
    report,
    measured: report.results.length,
    complaint: complaint(verdicts),
  });
}
