import { Console } from 'node:console';
import { diffContracts, ROLLOUTS, type Rollout, readContracts, workingTreeOf } from '@doorcall/codegen';
import { Command, Option } from 'commander';
import { diffText } from '../diff/diff-text.js';
import { EXIT_CODES_HELP, ExitCode } from '../exit.js';

interface DiffCommandOptions {
  readonly rollout: Rollout;
  readonly json?: true;
}

const ARGUMENTS_HELP = [
  'A contract is one of',
  '  src/orders.service.ts                a contract module: every service that it exports',
  '  orders.contract.txt                  a snapshot that `doorcall gen` has written',
  '  git:REVISION:src/orders.service.ts   either of them as it was committed; relative to the current folder',
].join('\n');

/** `doorcall diff`: tells what a change of a contract breaks. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('Tell what changes of a contract break: calls between processes, or code')
    .argument('<old>', 'the contract before: a module, a snapshot, or git:REVISION:path')
    .argument('[new]', 'the contract after (default: the file of the same path as it is now)')
    .addOption(
      new Option('--rollout <order>', 'the order in which processes are updated')
        .choices(ROLLOUTS)
        .default('any'),
    )
    .option('--json', 'tell the outcome as JSON, in one line')
    .addHelpText('after', `\n${ARGUMENTS_HELP}\n\n${EXIT_CODES_HELP}`)
    .action(compare);
}

async function compare(
  before: string,
  after: string | undefined,
  options: DiffCommandOptions,
): Promise<void> {
  // Standard output is for the outcome; what a contract module prints goes where people look.
  globalThis.console = new Console(process.stderr);
  const cwd = process.cwd();
  const old = await readContracts(before, cwd);
  const next = await readContracts(after ?? workingTreeOf(before), cwd);
  const { rollout } = options;
  const changes = diffContracts(old.contracts, next.contracts, { rollout });
  const ok = changes.every(({ kind }) => kind === 'compatible');
  if (!ok) process.exitCode = ExitCode.found;
  const text = options.json
    ? JSON.stringify({ ok, old: old.argument, new: next.argument, rollout, changes })
    : diffText(old.argument, next.argument, changes);
  process.stdout.write(`${text}\n`);
}
