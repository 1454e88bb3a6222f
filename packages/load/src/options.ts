/** @throws RangeError unless it is a number in the range; `undefined` is left to the default. */
export function checkRange(name: string, value: number | undefined, least: number, whole = false): void {
  if (value === undefined) return;
  const fits = typeof value === 'number' && value >= least && value < Infinity;
  if (fits && (!whole || Number.isInteger(value))) return;
  throw new RangeError(
    `${name} has to be a ${whole ? 'whole ' : ''}number of at least ${least}, not ${value}`,
  );
}
