/** `npm run bench -- <suite>` */
import { Command } from 'commander';
import { didYouMean } from './choice.js';
import { codecCommand } from './codec/command.js';
import { compareCommand } from './compare/command.js';
import { guardCommand } from './guard/command.js';
import { labCommands } from './lab/command.js';
import { reportCommand } from './report/command.js';
import { smokeCommand } from './smoke/command.js';
import { streamsCommand } from './streams/command.js';
import { exitCodeHelp } from './suite-command.js';
import { waitingCommand } from './waiting/command.js';

const bench = new Command('bench')
  .description('Latency, throughput and cost of local calls: doorcall beside its alternatives')
  .addCommand(smokeCommand());
for (const command of labCommands()) bench.addCommand(command);
await bench
  .addCommand(codecCommand())
  .addCommand(streamsCommand())
  .addCommand(waitingCommand())
  .addCommand(compareCommand())
  .addCommand(guardCommand())
  .addCommand(reportCommand())
  .on('command:*', ([name]: string[]) => {
    const known = bench.commands.map((command) => command.name());
    bench.error(`error: unknown command '${name}'.${didYouMean(name!, known)} Known: ${known.join(', ')}.`);
  })
  .addHelpText('after', exitCodeHelp)
  .showHelpAfterError('(--help lists what there is)')
  .parseAsync();
