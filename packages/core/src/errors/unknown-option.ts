/**
 * The names that an options object may have; `'internal'` ones are taken, but not told to anybody. As a record, so
 * that the compiler finds one that is missing, or none of the type's.
 */
export type OptionNames<Options extends object> = Readonly<Record<keyof Options, true | 'internal'>>;

/**
 * What is wrong with an options object: a name that it cannot have, as a misspelt one would be.
 * @returns a sentence that says which name was probably meant; undefined when all are known
 */
export function unknownOption<Options extends object>(
  given: Options,
  names: OptionNames<Options>,
): string | undefined {
  for (const name in given) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.entries(names).flatMap(([each, kind]) => (kind === 'internal' ? [] : [each]));
    const meant = nearest(name, known);
    const hint = meant === undefined ? `there are ${known.join(', ')}` : `did you mean '${meant}'?`;
    return `there is no option '${name}'; ${hint}`;
  }
  return undefined;
}

/** @throws TypeError that begins with `where` and names the option that is unknown. */
export function refuseUnknownOptions<Options extends object>(
  where: string,
  given: Options,
  names: OptionNames<Options>,
): void {
  const problem = unknownOption(given, names);
  if (problem !== undefined) throw new TypeError(`${where}: ${problem}`);
}

/** The known name that a slip of the keyboard leads from; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let shortest = Math.max(2, name.length / 2);
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance > shortest || (distance === shortest && best !== undefined)) continue;
    best = candidate;
    shortest = distance;
  }
  return best;
}

/** Characters to insert, remove or exchange to get from one text to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const exchanged = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
