import type { $ZodType } from 'zod/v4/core';

/** How a type refers to a class of {@link globalClassName}. A file may have imported another type of that name. */
export function globalClassType(schema: $ZodType): string {
  const name = globalClassName(schema);
  return name === 'Blob' ? 'typeof globalThis.Blob' : `typeof ${name}`;
}

/** The name of the class that `z.instanceof` asks for, if it is one that every file knows by that name. */
export function globalClassName(schema: $ZodType): string | undefined {
  const { Class } = schema._zod.bag as { readonly Class?: { readonly name: string } };
  if (typeof Class !== 'function') return undefined;
  return (globalThis as Record<string, unknown>)[Class.name] === Class ? Class.name : undefined;
}
