import type { $ZodType } from 'zod/v4/core';
import { enumValues } from './enum-values.js';
import { isListEnum } from './erased.js';
import { quoted } from './identifiers.js';
import { includesUndefined, mayBeAbsent } from './optional-keys.js';
import { type Direction, defOf, isPreprocess, lazyInner } from './schema.js';

/** A schema within another one. */
export interface Child {
  readonly schema: $ZodType;
  readonly direction: Direction;
  /**
   * How its type is taken out of the outer one's, as text: `['sku']`, `[number]`; empty where both are the same.
   * Undefined where that cannot be said: of a union's options, say.
   */
  readonly index: string | undefined;
  /** Names a declaration of it: `Sku`, `Item`. */
  readonly label: string;
}

/** The schemas that a schema's type is made of, in one direction. */
export function childrenOf(schema: $ZodType, direction: Direction): readonly Child[] {
  const def = defOf(schema);
  const child = (inner: $ZodType, index?: string, label = ''): Child => ({
    schema: inner,
    direction,
    index,
    label,
  });
  switch (def.type) {
    case 'lazy':
      return [child(lazyInner(schema), '')];
    case 'object': {
      const properties = Object.entries(def.shape).map(([name, value]) =>
        child(value, propertyIndex(name, value, direction), name),
      );
      return def.catchall === undefined
        ? properties
        : [...properties, child(def.catchall, undefined, 'rest')];
    }
    case 'array':
      return [child(def.element, '[number]', 'item')];
    case 'tuple': {
      const required = requiredItems(def.items, direction);
      const items = def.items.map((item, i) => child(item, i < required ? `[${i}]` : undefined, String(i)));
      return def.rest ? [...items, child(def.rest, undefined, 'rest')] : items;
    }
    case 'record':
      return [
        child(def.keyType, undefined, 'key'),
        child(def.valueType, recordIndex(schema, direction), 'value'),
      ];
    case 'map':
      return [child(def.keyType, undefined, 'key'), child(def.valueType, undefined, 'value')];
    case 'set':
      return [child(def.valueType, undefined, 'item')];
    case 'union':
      return def.options.map((option) => child(option));
    case 'intersection':
      return [child(def.left), child(def.right)];
    case 'pipe':
      return [child(direction === 'input' ? def.in : def.out, '')];
    case 'success':
      return direction === 'input' ? [child(def.innerType, '')] : [];
    case 'catch':
      return [child(def.innerType, '')];
    case 'prefault':
      return [child(def.innerType, direction === 'output' ? '' : undefined)];
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'readonly':
      return [child(def.innerType)];
    case 'template_literal':
      return def.parts
        .filter((part): part is Extract<typeof part, $ZodType> => typeof part === 'object' && part !== null)
        .map((part) => ({ schema: part, direction: 'output', index: undefined, label: '' }));
    default:
      return [];
  }
}

/** How many of a tuple's first items may not be left out. */
export function requiredItems(items: readonly $ZodType[], direction: Direction): number {
  let count = items.length;
  while (count > 0 && mayBeAbsent(items[count - 1] as $ZodType, direction)) count--;
  return count;
}

/** The keys of a record that has known ones: of literals and lists of strings. */
export function recordKeys(key: $ZodType): readonly (string | number)[] | undefined {
  const def = defOf(key);
  switch (def.type) {
    case 'literal': {
      const keys = def.values.filter((value) => typeof value === 'string' || typeof value === 'number');
      return keys.length === def.values.length ? keys : undefined;
    }
    case 'enum':
      return isListEnum(def.entries) ? enumValues(def.entries) : undefined;
    case 'union': {
      const keys = def.options.map(recordKeys);
      return keys.every((each) => each !== undefined) ? keys.flat() : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether all keys of a record may be absent. */
export function isPartialRecord(schema: $ZodType, direction: Direction): boolean {
  const def = defOf(schema);
  if (def.type !== 'record') return false;
  return def.partial === true || (direction === 'input' && mayBeAbsent(def.valueType, direction));
}

/** An optional property's type, when asked for by its name, includes undefined whether it did or not. */
function propertyIndex(name: string, value: $ZodType, direction: Direction): string | undefined {
  const exact = mayBeAbsent(value, direction) && !includesUndefined(value, direction);
  return exact || isPreprocessOfOptional(value, direction) ? undefined : `[${quoted(name)}]`;
}

function isPreprocessOfOptional(value: $ZodType, direction: Direction): boolean {
  return direction === 'input' && isPreprocess(value) && mayBeAbsent(value, direction);
}

function recordIndex(schema: $ZodType, direction: Direction): string | undefined {
  const def = defOf(schema);
  if (def.type !== 'record' || isPartialRecord(schema, direction)) return undefined;
  if (defOf(def.keyType).type === 'string') return '[string]';
  const [first] = recordKeys(def.keyType) ?? [];
  if (first === undefined) return undefined;
  return typeof first === 'number' ? `[${first}]` : `[${quoted(first)}]`;
}
