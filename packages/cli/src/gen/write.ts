import { type Settings, writeFiles } from '@doorcall/codegen';
import { shortPath } from '../terminal/paths.js';
import { generated } from './generated.js';
import type { GenOptions } from './options.js';
import { report, upToDate } from './report.js';

/** Generates and writes what is not on the disk yet. */
export async function write(settings: Settings, options: GenOptions): Promise<void> {
  const outcome = await generated(settings, options);
  await writeFiles(outcome.files);
  const written = outcome.files.filter(({ state }) => state !== 'current');
  const lines = written.map(({ path }) => `wrote ${shortPath(path)}\n`);
  report(
    {
      outcome,
      stateOf: ({ state }) => (state === 'current' ? state : 'written'),
      text: lines.join('') + upToDate(outcome.files.length - written.length),
      filesWrong: false,
    },
    options,
  );
}
