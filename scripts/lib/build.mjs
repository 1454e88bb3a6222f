import { fail } from './fail.mjs';
import { run } from './run.mjs';

/** What is cached takes less. */
const SILENCE_MS = 3_000;

/** Builds the named packages and what they depend on (everything when none is named); silent where all is cached. */
export async function build(...packages) {
  const filters = packages.map((name) => `--filter=${name}`);
  const told = setTimeout(
    () => console.error('> building what has changed; where nothing is built yet, that is minutes'),
    SILENCE_MS,
  );
  const { code, stdout, stderr } = await run(
    'turbo',
    ['run', 'build', '--output-logs=errors-only', ...filters],
    { quiet: true },
  );
  clearTimeout(told);
  if (code !== 0) {
    console.error(stdout + stderr);
    fail('the build failed; the messages above say why.');
  }
}
