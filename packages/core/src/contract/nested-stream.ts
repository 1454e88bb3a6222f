import type { $ZodType } from 'zod/v4/core';
import { itemOf } from './stream.js';
import { isZodSchema } from './zod-shape.js';

/** Parts that are looked at: a contract that makes a new schema at each look never ends. */
const MOST_PARTS = 2_000;

/**
 * Where within a zod schema a `stream()` stands, which can only stand for a whole input or output; undefined when there is
 * none. What is looked up later (`z.lazy`, getters of recursive objects) is not looked at: it may not exist yet.
 */
export function nestedStream(schema: unknown): string | undefined {
  if (!isZodSchema(schema)) return undefined;
  const seen = new Set<object>();
  const left: (readonly [value: object, path: string])[] = [[partsOf(schema), '']];
  for (const [value, path] of left) {
    for (const [key, { value: part }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      if (key === 'checks' || typeof part !== 'object' || part === null || seen.has(part)) continue;
      seen.add(part);
      const at = path === '' ? key : `${path}.${key}`;
      if (itemOf(part) !== undefined) return at;
      const below = isZodSchema(part) ? partsOf(part) : isPlain(part) ? part : undefined;
      if (below !== undefined && left.length < MOST_PARTS) left.push([below, at]);
    }
  }
  return undefined;
}

/** An object's shape is a getter itself. */
function partsOf({ _zod: { def } }: $ZodType): object {
  return def.type === 'object' ? { shape: (def as { shape?: object }).shape } : def;
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
