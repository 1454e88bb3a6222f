import type { Core } from './node.js';

/** Whatever there is: it travels with tags that describe it. */
export const ANY: Core = { kind: 'any' };
export const NEVER: Core = { kind: 'never' };

/** How values are written whose schema says no more than their kind, by the schema's type. */
export const SIMPLE_CORES: ReadonlyMap<string, Core> = new Map<string, Core>([
  ['string', { kind: 'str' }],
  ['number', { kind: 'num' }],
  ['nan', { kind: 'num' }],
  ['bigint', { kind: 'bigint' }],
  ['boolean', { kind: 'bool' }],
  ['date', { kind: 'date' }],
  // Undefined and null are states of a value, and no values.
  ['undefined', NEVER],
  ['void', NEVER],
  ['null', NEVER],
  ['never', NEVER],
]);
