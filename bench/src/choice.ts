import { InvalidArgumentError } from 'commander';
import { closest, distance } from 'fastest-levenshtein';

/**
 * A parser for options like `--transport undici-tcp,net-unix`.
 *
 * @throws InvalidArgumentError that names the nearest known name, when one is near, and all of them
 */
export function listOf<Name extends string>(what: string, known: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names) {
      if (!(known as readonly string[]).includes(name)) throw unknownName(what, name, known);
    }
    // In the order of the run, each once.
    return known.filter((name) => names.includes(name));
  };
}

function unknownName(what: string, name: string, known: readonly string[]): InvalidArgumentError {
  const hint = didYouMean(name, known);
  return new InvalidArgumentError(`Unknown ${what} '${name}'.${hint} Known: ${known.join(', ')}.`);
}

/** ` Did you mean 'undici-tcp'?`, or nothing when no name is near: at most two fifths of the longer one are wrong. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(name.toLowerCase(), [...known]);
  const longer = Math.max(name.length, nearest.length);
  const near = distance(name.toLowerCase(), nearest) <= Math.max(2, longer * 0.4);
  const begins = known.find((candidate) => name.length > 1 && candidate.startsWith(name.toLowerCase()));
  const suggestion = begins ?? (near ? nearest : undefined);
  return suggestion === undefined ? '' : ` Did you mean '${suggestion}'?`;
}

/** @throws InvalidArgumentError unless the text is a whole number of at least 1 */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It has to be a whole number of at least 1.');
  }
  return value;
}
