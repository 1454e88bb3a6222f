// npm run test:mutants -- [--only PART[,PART]] [--quick] [--hostile] [--list]
import { readCommandLine } from './lib/command-line.mjs';
import { refuse } from './lib/fail.mjs';
import { runHostileMutants } from './lib/hostile-mutants.mjs';
import { runMutationTests } from './lib/mutation-tests.mjs';
import { hostileMutants } from './mutants/hostile.mjs';
import { mutants } from './mutants/index.mjs';

const help = `npm run test:mutants -- [options]

Takes each fence, bound and re-check out of the C++ ring, channel, handshake and arena in turn, in a copy of the
sources, and runs the C++ tests until one is red; and what guards the addon against numbers, arrays and moments of
JavaScript's (napi), against tests that call the addon itself. What no test on this machine can show may be killed by its variant
of the model; both are counted.
  --only PART[,PART]  those with PART in their name or file
  --quick             the few that are part of npm test
  --hostile           instead those of TypeScript, which the rows of a hostile peer must notice
  --list              the names, and what each of them takes out
Exit code 1 when a mutant survives that is not known to be equivalent, 2 for wrong use.`;

const { only, quick, hostile, list } = readCommandLine({
  help,
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    hostile: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
}).values;
const parts = only?.split(',');
const chosen = (hostile ? hostileMutants : mutants).filter(
  (mutant) =>
    (!quick || mutant.quick) &&
    (parts === undefined || parts.some((part) => mutant.name.includes(part) || mutant.file.includes(part))),
);
if (chosen.length === 0) refuse(`no mutant has ${only} in its name or file.`);
if (list) {
  for (const { name, file, what, equivalent } of chosen) {
    console.log(`${name}  ${file}: ${what}${equivalent === undefined ? '' : ' (equivalent)'}`);
  }
  console.log(`${chosen.length} mutants`);
  process.exit(0);
}
const { passed, failed } = await (hostile ? runHostileMutants : runMutationTests)(chosen);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
