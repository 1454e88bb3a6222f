import type { $ZodType } from 'zod/v4/core';

/** The name of the class that `z.instanceof` asks for, if it is one that every file knows by that name. */
export function globalClassName(schema: $ZodType): string | undefined {
  const { Class } = schema._zod.bag as { readonly Class?: { readonly name: string } };
  if (typeof Class !== 'function') return undefined;
  return (globalThis as Record<string, unknown>)[Class.name] === Class ? Class.name : undefined;
}
