// Linters and format checks over the whole repository.
import { run } from './lib/run.mjs';

const steps = [
  ['biome', ['ci', '--error-on-warnings', '--colors=off', '.']],
  ['node', ['scripts/clang-format.mjs']],
  ['node', ['scripts/check-arrows.mjs']],
  // Everything public is described: `npm run docs:api` fails otherwise.
  ['typedoc', ['--options', 'typedoc.json', '--emit', 'none', '--logLevel', 'Warn']],
];

let failed = false;
for (const [command, args] of steps) {
  const { code } = await run(command, args);
  if (code !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
