/** `npm run bench -- guard`: whether calls have become much slower since the committed run. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { interruptedExitCode, interruptSignal } from '../interrupt.js';
import { writableFile, writeJson } from '../json-file.js';
import { type LabResults, ResultsFileError, readResults } from '../lab/results.js';
import { runLab } from '../lab/run.js';
import { findApart } from '../placement.js';
import { Progress } from '../progress.js';
import { type Judgement, judge } from './judge.js';
import { guarded, guardPlan, guardRounds, referenceRounds } from './plan.js';
import { printJudgement, printOutcome } from './print.js';

const committed = fileURLToPath(new URL('../../results/guard.json', import.meta.url));

interface Options {
  against: string;
  json?: string;
  renew?: true;
}

export function guardCommand(): Command {
  const command = new Command('guard')
    .description('whether calls have become much slower since bench/results/guard.json was measured; for CI')
    .option('--against <file>', 'the run to hold them against', committed)
    .option('--json <file>', 'write the last run to this file, for `compare`', writableFile)
    .option(
      '--renew',
      `measure ${referenceRounds} rounds, judge nothing, and write them to the file of --against`,
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 they have not, or the machine is too noisy to tell (which is said), 1 they have, or could not be made.',
    );
  return command.action(async (options: Options) => {
    try {
      findApart();
    } catch (error) {
      process.stdout.write(`NOT JUDGED: this machine cannot tell. ${(error as Error).message}.\n`);
      return;
    }
    const signal = interruptSignal();
    try {
      if (options.renew) await renew(options, signal);
      else await guard(options, signal);
    } catch (error) {
      if (error instanceof ResultsFileError) command.error(`error: ${error.message}`);
      throw error;
    }
    if (signal.aborted) process.exitCode = interruptedExitCode;
  });
}

async function renew({ against }: Options, signal: AbortSignal): Promise<void> {
  const results = await runLab(guardPlan(referenceRounds), new Progress(), signal);
  if (signal.aborted) return;
  // Percentiles are all that is compared; the histograms would be nine tenths of the file.
  const trials = results.trials.map(({ latencies: _, ...trial }) => trial);
  writeJson(against, { ...results, trials });
}

async function guard({ against, json }: Options, signal: AbortSignal): Promise<void> {
  const before = readResults(against);
  const runs: LabResults[] = [];
  const measureAndJudge = async (): Promise<Judgement | undefined> => {
    const run = await runLab(guardPlan(guardRounds), new Progress(), signal);
    if (signal.aborted) return undefined;
    if (json !== undefined) writeJson(json, run);
    runs.push(run);
    const judgement = judge(before, runs, guarded);
    process.stdout.write(printJudgement(before, run, judgement));
    return judgement;
  };
  let judgement = await measureAndJudge();
  if (judgement?.verdict === 'slower' || judgement?.verdict === 'unclear') {
    process.stdout.write(
      '\nMeasured once more, because one such run is not enough; both are taken together.\n',
    );
    judgement = await measureAndJudge();
  }
  if (judgement === undefined) return;
  process.stdout.write(`\n${printOutcome(judgement.verdict)}\n`);
  if (judgement.verdict === 'slower' || judgement.verdict === 'broken') process.exitCode = 1;
}
