import type { ComparedFile, Settings } from '@doorcall/codegen';
import { shortPath } from '../terminal/paths.js';
import { unifiedDiff } from '../terminal/unified-diff.js';
import { generated } from './generated.js';
import type { GenOptions } from './options.js';
import { report, upToDate } from './report.js';

/** Generates, and shows where the disk differs. Writes nothing. */
export async function check(settings: Settings, options: GenOptions): Promise<void> {
  const outcome = await generated(settings, options);
  const wrong = outcome.files.filter(({ state }) => state !== 'current');
  const text =
    wrong.length === 0
      ? upToDate(outcome.files.length)
      : `${wrong.map(difference).join('')}\`doorcall gen\` writes what is missing or stale\n`;
  report({ outcome, stateOf: ({ state }) => state, text, filesWrong: wrong.length > 0 }, options);
}

function difference(file: ComparedFile): string {
  const name = shortPath(file.path);
  if (file.state === 'missing') return `${name} is missing\n`;
  return `${name} is stale:\n${unifiedDiff(name, file.found, file.text)}`;
}
