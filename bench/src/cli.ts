/** `npm run bench -- <suite>` */
import { Command } from 'commander';
import { codecCommand } from './codec/command.js';
import { smokeCommand } from './smoke/command.js';
import { streamsCommand } from './streams/command.js';
import { waitingCommand } from './waiting/command.js';

await new Command('bench')
  .description('Latency, throughput and cost of local calls: doorcall beside its alternatives')
  .addCommand(smokeCommand())
  .addCommand(codecCommand())
  .addCommand(streamsCommand())
  .addCommand(waitingCommand())
  .showHelpAfterError('(--help lists what there is)')
  .parseAsync();
