import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { benchCommand } from './commands/bench.js';
import { diffCommand } from './commands/diff.js';
import { genCommand } from './commands/gen.js';
import { EXIT_CODES_HELP } from './exit.js';

/** One file of src/commands for each verb. */
const verbs = [genCommand, diffCommand, benchCommand];

/** `doorcall`, with all its verbs. Throws CommanderError instead of ending the process. */
export function program(): Command {
  const doorcall = new Command('doorcall')
    .description('Tools for doorcall contracts')
    .version(version(), '--version', 'tell the version')
    .helpOption('--help', 'tell what there is')
    .helpCommand(false)
    .showHelpAfterError('(--help tells what there is)')
    .addHelpText('after', `\n${EXIT_CODES_HELP}`)
    .exitOverride();
  for (const verb of verbs) doorcall.addCommand(verb().copyInheritedSettings(doorcall));
  return doorcall;
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
