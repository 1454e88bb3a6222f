import fc from 'fast-check';
import {
  array,
  discriminated,
  intersection,
  map,
  object,
  record,
  recursive,
  set,
  tuple,
  union,
} from './composites.js';
import { leaf, type SchemaText } from './leaves.js';
import { wrapped } from './wrappers.js';

/** How deep schemas are nested. */
const MAX_DEPTH = 4;

interface Ties {
  readonly schema: string;
  readonly objects: string;
}

const { schema, objects } = fc.letrec<Ties>((tie: fc.LetrecTypedTie<Ties>) => {
  const inner: SchemaText = tie('schema');
  const one = { maxDepth: MAX_DEPTH, depthIdentifier: 'schema', withCrossShrink: true } as const;
  return {
    schema: fc.oneof(
      one,
      { weight: 14, arbitrary: leaf },
      { weight: 8, arbitrary: wrapped(inner) },
      { weight: 6, arbitrary: object(inner) },
      { weight: 2, arbitrary: array(inner) },
      { weight: 2, arbitrary: tuple(inner) },
      { weight: 2, arbitrary: record(inner) },
      { weight: 1, arbitrary: map(inner) },
      { weight: 1, arbitrary: set(inner) },
      { weight: 2, arbitrary: union(inner) },
      { weight: 1, arbitrary: discriminated(inner) },
      { weight: 1, arbitrary: intersection(inner, tie('objects') as SchemaText) },
      { weight: 1, arbitrary: recursive(inner) },
    ),
    objects: fc.oneof(
      one,
      { weight: 4, arbitrary: object(inner) },
      { weight: 1, arbitrary: record(inner) },
      { weight: 1, arbitrary: discriminated(inner) },
    ),
  };
});

/** Any schema that doorcall's generated codec has to carry, as source text. */
export const schemaText: SchemaText = fc.oneof(
  { weight: 1, arbitrary: schema },
  // What methods take most often.
  { weight: 1, arbitrary: object(schema) },
);

export { objects };
