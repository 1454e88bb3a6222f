import type { $ZodType } from 'zod/v4/core';
import { attachmentTypes } from './attachment-types.js';
import { isBranded, isListEnum } from './erased.js';
import { globalClassName } from './global-class.js';
import { behindLazy, type Direction, defOf } from './schema.js';

/**
 * Whether a schema's own type, apart from the schemas within it, is nothing that can be seen at run time. Then the
 * contract is referred to for it: what a transform returns, what a coercion's input was said to be, what a type
 * predicate given to `refine` narrows to, a brand, a TypeScript enum, a class of the contract's own.
 */
export function isOpaque(schema: $ZodType, direction: Direction): boolean {
  if (isBranded(schema)) return true;
  if (direction === 'output' && mayNarrow(schema)) return true;
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'date':
      return direction === 'input' && 'coerce' in def && def.coerce === true;
    case 'enum':
      return !isListEnum(def.entries);
    case 'literal':
      return def.values.some((value) => typeof value === 'symbol');
    case 'custom':
      if (attachmentTypes(schema) !== undefined) return (def.checks ?? []).length > 0;
      // Checks of an instance narrow it to what its properties are.
      return globalClassName(schema) === undefined || (def.checks ?? []).length > 0;
    case 'readonly':
      return defOf(behindLazy(def.innerType) ?? def.innerType).type === 'any';
    case 'lazy':
      return behindLazy(schema) === undefined;
    case 'transform':
    case 'function':
    case 'promise':
    case 'symbol':
    case 'file':
      return true;
    default:
      return false;
  }
}

/** A function given to `refine` may be a type predicate, which TypeScript also infers by itself. */
function mayNarrow(schema: $ZodType): boolean {
  return (defOf(schema).checks ?? []).some((check) =>
    (check as { readonly _zod: { readonly traits?: ReadonlySet<string> } })._zod.traits?.has('$ZodCustom'),
  );
}
