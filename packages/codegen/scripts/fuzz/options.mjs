import os from 'node:os';
import { parseArgs } from 'node:util';
import { whole } from '../whole.mjs';

export const usage = `npm run test:fuzz-codec -- [options]

Gives damaged and random bytes to generated decoders.

  --messages N   how many to try in all (default 1000000)
  --seed N       where to begin (default: by chance; it is printed)
  --processes N  how many processes to use (default: one for each CPU)
  --collect      add to the corpus a short message for each new way to fare

What fails is added to the corpus, which npm test replays.
Exit codes: 0 nothing was found, 1 something was, 2 bad options.`;

/** @returns the options, or what is wrong with them */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        messages: { type: 'string', default: '1000000' },
        seed: { type: 'string' },
        processes: { type: 'string', default: String(os.availableParallelism()) },
        collect: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      ...values,
      messages: whole(values.messages, '--messages', 1),
      seed:
        values.seed === undefined ? Math.floor(Math.random() * 0x3fffffff) : whole(values.seed, '--seed', 0),
      processes: whole(values.processes, '--processes', 1),
    };
  } catch (error) {
    return { problem: error.message };
  }
}
