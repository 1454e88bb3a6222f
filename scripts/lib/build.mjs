import { fail } from './fail.mjs';
import { run } from './run.mjs';

/** Builds the named packages and what they depend on (everything when none is named); silent where all is cached. */
export async function build(...packages) {
  const filters = packages.map((name) => `--filter=${name}`);
  const { code } = await run('turbo', ['run', 'build', '--output-logs=errors-only', ...filters], {
    quiet: true,
  });
  if (code !== 0) {
    // Turbo has put the compiler's own words on stdout, where a quiet run does not show them.
    await run('turbo', ['run', 'build', '--output-logs=errors-only', ...filters]);
    fail('the build failed; the messages above say why.');
  }
}
