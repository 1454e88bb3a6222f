import { Console } from 'node:console';
import { settingsFor } from '@doorcall/codegen';
import { Command, Option } from 'commander';
import { EXIT_CODES_HELP } from '../exit.js';
import { check } from '../gen/check.js';
import { type GenOptions, requestOf } from '../gen/options.js';
import { write } from '../gen/write.js';
import { watch } from '../watch/watch.js';

/** `doorcall gen`: generates, checks, or goes on generating. */
export function genCommand(): Command {
  return new Command('gen')
    .description('Generate types, stubs and codecs from contracts')
    .argument('[files...]', "contract modules, as paths or globs (default: the configuration's `contracts`)")
    .option('--config <file>', 'configuration (default: the nearest doorcall.config.ts, here or above)')
    .option('--out <folder>', "folder for what is generated (default: each contract's own)")
    .addOption(
      new Option(
        '--import-extension <extension>',
        'extension by which generated files import the contract',
      ).choices(['.js', '.ts', 'none']),
    )
    .option('--check', 'write nothing; exit with 1 and show the difference when something is stale')
    .addOption(new Option('--watch', 'generate again whenever a contract changes').conflicts('check'))
    .option('--json', 'tell the outcome as JSON, one line for each run')
    .option('--silent', 'say nothing but errors')
    .addHelpText('after', `\n${EXIT_CODES_HELP}`)
    .action(async (files: readonly string[], options: GenOptions) => {
      const request = requestOf(files, options);
      if (options.watch === true) return watch(request, options);
      // Standard output is for JSON alone; what a contract module prints goes where people look.
      if (options.json === true) globalThis.console = new Console(process.stderr);
      const settings = await settingsFor(request);
      return options.check === true ? check(settings, options) : write(settings, options);
    });
}
