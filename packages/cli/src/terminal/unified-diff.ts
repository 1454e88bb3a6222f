import { styleText } from 'node:util';
import { createTwoFilesPatch } from 'diff';

/** Enough to see what is going on; generating again tells the rest. */
const MAX_LINES = 100;

/**
 * What would change in a file, as a unified diff, in colours where the terminal has them.
 *
 * @param name stands in the diff's head
 */
export function unifiedDiff(name: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
  });
  // The first line is a ruler.
  const lines = patch.trimEnd().split('\n').slice(1);
  const shown = lines.slice(0, MAX_LINES);
  if (lines.length > MAX_LINES) shown.push(`… and ${lines.length - MAX_LINES} more lines`);
  return `${(coloured() ? shown.map(colour) : shown).join('\n')}\n`;
}

function coloured(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}

function colour(line: string): string {
  if (/^(---|\+\+\+) /.test(line)) return styleText('bold', line);
  if (line.startsWith('+')) return styleText('green', line);
  if (line.startsWith('-')) return styleText('red', line);
  return line.startsWith('@@') ? styleText('cyan', line) : line;
}
