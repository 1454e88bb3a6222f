import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean 'place'?`, or all names where none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = closest(name.toLowerCase(), [...known]);
  const begins = known.find((each) => name.length > 1 && each.toLowerCase().startsWith(name.toLowerCase()));
  // At most two fifths of the longer one are wrong.
  const longer = Math.max(name.length, nearest.length);
  const near = distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, longer * 0.4);
  const meant = begins ?? (near ? nearest : undefined);
  return meant === undefined ? `; there are ${known.join(', ')}` : `; did you mean '${meant}'?`;
}
