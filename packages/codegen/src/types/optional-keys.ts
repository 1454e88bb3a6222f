/**
 * Which properties may be left out, and which types include undefined. As zod's *types* have it: at run time some
 * schemas let a property be absent that their types ask for (`catch`, `undefined`).
 */
import type { $ZodType, $ZodTypes } from 'zod/v4/core';
import { type Direction, defOf, isPreprocess, lazyInner } from './schema.js';

/** Whether an object's property of this schema has a question mark. */
export function mayBeAbsent(schema: $ZodType, direction: Direction, seen = new Set<$ZodType>()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const inner = (next: $ZodType): boolean => mayBeAbsent(next, direction, seen);
  const def = defOf(schema);
  switch (def.type) {
    case 'optional':
      return true;
    case 'default':
    case 'prefault':
      return direction === 'input';
    case 'success':
      return direction === 'input' && inner(def.innerType);
    case 'nullable':
    case 'catch':
    case 'readonly':
      return inner(def.innerType);
    case 'lazy':
      return inner(lazyInner(schema));
    case 'pipe':
      return inner(direction === 'output' || isPreprocess(schema) ? def.out : def.in);
    case 'union':
      // Each option with a set of its own: one that was met in a sibling says nothing about this one.
      return def.options.some((option) => mayBeAbsent(option, direction, new Set(seen)));
    case 'intersection':
      return [def.left, def.right].every((side) => mayBeAbsent(side, direction, new Set(seen)));
    default:
      return false;
  }
}

/** Whether a type includes undefined for certain. */
export function includesUndefined(
  schema: $ZodType,
  direction: Direction,
  seen = new Set<$ZodType>(),
): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const inner = (next: $ZodType): boolean => includesUndefined(next, direction, seen);
  const def = defOf(schema);
  switch (def.type) {
    case 'optional':
      return isExactOptional(schema) ? inner(def.innerType) : true;
    case 'default':
      return direction === 'input';
    case 'prefault':
      return direction === 'input' || inner(def.innerType);
    case 'success':
      return direction === 'input' && inner(def.innerType);
    case 'nullable':
    case 'catch':
    case 'readonly':
      return inner(def.innerType);
    case 'lazy':
      return inner(lazyInner(schema));
    case 'pipe':
      return inner(direction === 'input' ? def.in : def.out);
    case 'union':
      return def.options.some((option) => includesUndefined(option, direction, new Set(seen)));
    case 'undefined':
    case 'any':
    case 'unknown':
      return true;
    default:
      return false;
  }
}

/** `exactOptional()`: may be absent, and may not be undefined. */
export function isExactOptional(schema: $ZodType): boolean {
  return (schema as $ZodTypes)._zod.traits.has('$ZodExactOptional');
}
