import type { Literal } from './node.js';

/** Those of a schema's values that travel by their index: zod compares by identity, which nothing else that travels has. */
export function travellingLiterals(values: readonly unknown[]): readonly Literal[] {
  return [...new Set(values)].filter(
    (value): value is Literal =>
      value !== undefined && !['object', 'function', 'symbol'].includes(typeof value),
  );
}
