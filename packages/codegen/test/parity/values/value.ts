import type { $ZodType } from 'zod/v4/core';
import { Entropy } from './entropy.js';
import { mutate } from './mutate.js';
import { anything } from './odd.js';
import { sample } from './sample.js';

/** A value for a schema: mostly a valid one, often one that is nearly valid, now and then any at all. */
export function valueFor(schema: $ZodType, numbers: readonly number[]): unknown {
  const entropy = new Entropy(numbers);
  const kind = entropy.int(16);
  if (kind === 15) return anything(entropy);
  let value = sample(schema, entropy);
  for (let left = kind < 9 ? 0 : kind < 13 ? 1 : 2; left > 0; left--) value = mutate(value, entropy);
  return value;
}
