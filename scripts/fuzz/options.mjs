import { parseArgs } from 'node:util';

/** In less a target gets little further than its start. */
export const LEAST_SECONDS = 5;

export const usage = (targets) => `npm run fuzz -- [options]

  --seconds N   how long in all (default 60); the targets share it, and each has at least ${LEAST_SECONDS};
                what has to be compiled first comes on top
  --target T    one or several, with commas between (default: all)
                ${targets.join(', ')}
  --seed N      where to begin (default: by chance; it is printed)
  --collect     keep in the corpus what reached something new

What is found stays beside the corpus, which npm test replays, or its seed is printed.
Exit codes: 0 nothing was found, 1 something was, or a target has tried nothing, 2 bad options or clang is missing,
130 interrupted.`;

/** @returns the options, or what is wrong with them */
export function readOptions(args, known) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '60' },
        target: { type: 'string', default: known.join() },
        seed: { type: 'string' },
        collect: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const targets = values.target.split(',');
    const unknown = targets.find((target) => !known.includes(target));
    if (unknown !== undefined) return { problem: `there is no target ${unknown}` };
    return {
      targets,
      seconds: whole(values.seconds, '--seconds', 1),
      seed:
        values.seed === undefined
          ? 1 + Math.floor(Math.random() * 0x3fffffff)
          : whole(values.seed, '--seed', 1),
      collect: values.collect,
      help: values.help,
    };
  } catch (error) {
    return { problem: error.message };
  }
}

function whole(text, name, least) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`${name} takes a whole number from ${least} up`);
  return number;
}
