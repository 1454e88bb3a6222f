// Explores the model of the wake protocol: as it is, where nothing may go wrong, and with each fence, ordering and
// re-check taken away in turn, where the rule that it keeps must break.
import { availableParallelism } from 'node:os';
import { scenarios, spare, variants } from '../packages/native/model/runs.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { provideCommands } from './lib/debian.mjs';
import { refuse } from './lib/fail.mjs';
import {
  explore,
  isAsExpected,
  named,
  searchesOf,
  spinPackages,
  spinPurpose,
  tableOf,
} from './lib/model.mjs';

const help = `npm run check:model -- [--long] [variant ...]

Searches all that the model of the wake protocol can do (needs spin): as it is, where nothing may go wrong, and with each
fence, ordering and re-check taken away, where the rule that it keeps must break. With names: those variants only,
${variants.length + spare.length} in all, as the table of a whole run lists them, without BUG_.
  --long   the whole model also with the weaker memory of C++
Exit code 1 when a search does not come out as expected, 2 for wrong use.`;

const {
  values: { long },
  positionals: names,
} = readCommandLine({ help, options: { long: { type: 'boolean', default: false } }, positionals: true });
for (const name of names) if (named(name) === undefined) refuse(`the model has no variant ${name}.`);
provideCommands(spinPackages, spinPurpose);

const whole = Object.keys(scenarios).map((scenario) => ({
  scenario,
  memories: long ? ['tso', 'cpp'] : scenarios[scenario].short,
}));
const wanted = names.length > 0 ? names.map(named) : [...whole, ...variants, ...spare];
// The whole searches, which take longest, come first: so no CPU waits for the last of them.
const searches = wanted.flatMap(searchesOf);

const table = tableOf(searches);
console.log(table.head);
const outcomes = new Map();
const started = Date.now();
const queue = [...searches];
async function work() {
  for (let search = queue.shift(); search !== undefined; search = queue.shift()) {
    const outcome = await explore(search.defines);
    outcomes.set(search, outcome);
    console.log(table.line(search, outcome));
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));

const right = searches.filter((search) => isAsExpected(search, outcomes.get(search))).length;
const states = [...outcomes.values()].reduce((sum, outcome) => sum + (outcome.states ?? 0), 0);
console.log(
  `${right} as expected, ${searches.length - right} not; ` +
    `${states.toLocaleString('en')} states in ${Math.round((Date.now() - started) / 1000)} s`,
);
process.exit(right === searches.length && right > 0 ? 0 : 1);
