// The command line of `npm run test:faults`.
import { parseArgs } from 'node:util';

export const USAGE = `npm run test:faults -- [options]

Kills and stops clients and servers at every failpoint of the addon (debug build) and at the system calls that they
make (release build), and checks what the survivors are told.

  --rounds N         kills for each place and side (default 2; a quarter as many stops)
  --long             at least 10,000 kills
  --minutes N        begins no further round after that time; says how many were left out
  --points PATTERN   only places (failpoints and system calls) whose name matches this regular expression
  --side SIDE        only clients are killed, only servers, or only who takes a name over: client, server or takeover
  --action ACTION    only that, --rounds times for each place: kill or stop
  --passage N        always at the n-th passage of a place, or the n-th call
  --no-syscalls      failpoints only, without strace
  --seed N           begins the random choice of passages and order (default: by the clock; it is printed)
  --json FILE        writes the figures there, too
  --help             this text
Exit code 1 after a violation and when a failpoint was not reached, 2 for wrong use, 130 when it is interrupted.
`;

export const SIDES = ['client', 'server', 'takeover'];
const ACTIONS = ['kill', 'stop'];

export const LONG_KILLS = 10_000;

/** @returns the options, or a problem as a sentence */
export function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        rounds: { type: 'string' },
        long: { type: 'boolean', default: false },
        minutes: { type: 'string' },
        points: { type: 'string' },
        side: { type: 'string' },
        action: { type: 'string' },
        passage: { type: 'string' },
        'no-syscalls': { type: 'boolean', default: false },
        seed: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return { problem: error.message };
  }
  const { long, help, json, side, action } = values;
  const rounds = Number(values.rounds ?? 2);
  if (!(rounds > 0)) return { problem: `--rounds is ${values.rounds}, which is no positive number` };
  const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
  if (!(minutes > 0)) return { problem: `--minutes is ${values.minutes}, which is no positive number` };
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(seed)) return { problem: `--seed is ${values.seed}, which is no whole number` };
  if (side !== undefined && !SIDES.includes(side))
    return { problem: `--side is ${side}; it is one of ${SIDES.join(', ')}` };
  if (action !== undefined && !ACTIONS.includes(action))
    return { problem: `--action is ${action}; it is one of ${ACTIONS.join(', ')}` };
  const passage = values.passage === undefined ? undefined : Number(values.passage);
  if (passage !== undefined && !(Number.isSafeInteger(passage) && passage > 0))
    return { problem: `--passage is ${values.passage}, which is no positive whole number` };
  let pattern;
  try {
    pattern = values.points === undefined ? undefined : new RegExp(values.points);
  } catch (error) {
    return { problem: `--points: ${error.message}` };
  }
  const sides = side === undefined ? SIDES : [side];
  const syscalls = !values['no-syscalls'];
  return { rounds, minutes, long, help, json, seed, pattern, sides, action, passage, syscalls };
}
