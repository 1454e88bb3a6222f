import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean 'place'?`, or all names where none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = closest(name.toLowerCase(), [...known]);
  const begins = known.find((each) => name.length > 1 && each.toLowerCase().startsWith(name.toLowerCase()));
  const near = distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, name.length * 0.4);
  const meant = begins ?? (near ? nearest : undefined);
  return meant === undefined ? `; there are ${known.join(', ')}` : `; did you mean '${meant}'?`;
}
