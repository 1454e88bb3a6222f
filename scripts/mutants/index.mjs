// What is taken out of the C++ layers, one at a time, to see whether a test notices.
//
//   name        unique; `--only` finds it
//   from, to    exact text of the file, which must occur once, and what stands there instead
//   what        what is wrong then
//   tests       C++ test files that should notice, most likely first; the file's unless given. Of files in napi/: tests
//               in TypeScript of the addon itself
//   by          further ones, as { test, sanitize }
//   model       variant of the Promela model (npm run check:model) that breaks the same rule: counts, apart, where no
//               test on this machine notices
//   equivalent  why nothing can notice; only its own tests are run
//   quick       part of `npm test`
import { arena } from './arena.mjs';
import { channel } from './channel.mjs';
import { descriptors } from './descriptors.mjs';
import { handshake } from './handshake.mjs';
import { layout } from './layout.mjs';
import { messages } from './messages.mjs';
import { napi } from './napi.mjs';
import { parking } from './parking.mjs';
import { ring } from './ring.mjs';

/** Enough to see that the machinery works, from several files, each killed by a quick test. */
const quick = new Set([
  'park-epoch-same',
  'wake-every-time',
  'tail-capacity-unchecked',
  'tail-alignment-unchecked',
  'length-above-limit-by-one',
  'head-inside-a-record',
  'fragment-fifth-at-once-off-by-one',
  'fragment-overflow-by-one',
  'message-magic',
  'extra-bytes',
  'allocator-rest-lost',
  'ranges-missing-begin',
]);

const tables = [parking, ring, layout, channel, messages, descriptors, handshake, arena, napi];

/** All mutants, those of one file together. */
export const mutants = tables
  .flat()
  .flatMap(({ file, tests, mutants: own }) =>
    own.map((mutant) => ({ file, tests, ...mutant, quick: quick.has(mutant.name) })),
  );
