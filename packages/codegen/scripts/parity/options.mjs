import os from 'node:os';
import { parseArgs } from 'node:util';
import { whole } from '../whole.mjs';

export const usage = `npm run test:parity -- [options]

Holds generated codecs to zod, with schemas and values made by chance.

  --cases N      how many values to try in all (default 1000000)
  --seed N       where to begin (default: by chance; it is printed)
  --path P       only one failure, by the seed and the path that a run printed
  --processes N  how many processes to use (default: one for each CPU)
  --keep-going   after a failure go on, and list all that differ

Exit codes: 0 all lawful, 1 a violation was found, 2 bad options.`;

/** @returns the options, or what is wrong with them */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        cases: { type: 'string', default: '1000000' },
        seed: { type: 'string' },
        path: { type: 'string' },
        processes: { type: 'string', default: String(os.availableParallelism()) },
        'keep-going': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      help: values.help,
      cases: whole(values.cases, '--cases', 1),
      seed:
        values.seed === undefined ? Math.floor(Math.random() * 0x3fffffff) : whole(values.seed, '--seed', 0),
      path: values.path,
      processes: whole(values.processes, '--processes', 1),
      keepGoing: values['keep-going'],
    };
  } catch (error) {
    return { problem: error.message };
  }
}
