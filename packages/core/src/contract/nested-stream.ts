import type { $ZodType } from 'zod/v4/core';
import { itemOf } from './stream.js';
import { isZodSchema } from './zod-shape.js';

/**
 * Where within a zod schema a `stream()` stands, which can only stand for a whole input or output; undefined when there is
 * none. What is looked up later (`z.lazy`, getters of recursive objects) is not looked at: it may not exist yet.
 */
export function nestedStream(schema: unknown): string | undefined {
  return isZodSchema(schema) ? within(partsOf(schema), '', new Set()) : undefined;
}

/** An object's shape is a getter itself. */
function partsOf({ _zod: { def } }: $ZodType): object {
  return def.type === 'object' ? { shape: (def as { shape?: object }).shape } : def;
}

function within(value: object, path: string, seen: Set<object>): string | undefined {
  seen.add(value);
  for (const [key, { value: part }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (key === 'checks' || typeof part !== 'object' || part === null || seen.has(part)) continue;
    const at = path === '' ? key : `${path}.${key}`;
    if (itemOf(part) !== undefined) return at;
    const below = isZodSchema(part) ? partsOf(part) : isPlain(part) ? part : undefined;
    const found = below === undefined ? undefined : within(below, at, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
