import type { $ZodPipeDef, $ZodRecordDef, $ZodType, $ZodTypes } from 'zod/v4/core';

/** Which type of a schema: of what goes in (`z.input`) or of what comes out (`z.output`). */
export type Direction = 'input' | 'output';

/** What a schema was made of. Which node it is, `type` says. */
export type Def =
  | Exclude<$ZodTypes['_zod']['def'], { type: 'pipe' | 'record' }>
  | $ZodPipeDef
  | $ZodRecordDef;

export function defOf(schema: $ZodType): Def {
  return (schema as $ZodTypes)._zod.def as Def;
}

/** Whether a schema is one of zod 4; other libraries' have no `_zod`. */
export function isZodSchema(schema: unknown): schema is $ZodType {
  return (schema as { _zod?: { def?: unknown } } | null | undefined)?._zod?.def !== undefined;
}

/** What a lazy schema stands for; zod calls its getter once. */
export function lazyInner(schema: $ZodType): $ZodType {
  return (schema as unknown as { _zod: { innerType: $ZodType } })._zod.innerType;
}

/** The schema behind any number of `lazy`; undefined when one stands for nothing but itself. */
export function behindLazy(schema: $ZodType): $ZodType | undefined {
  const seen = new Set<$ZodType>();
  let at = schema;
  while (defOf(at).type === 'lazy') {
    if (seen.has(at)) return undefined;
    seen.add(at);
    at = lazyInner(at);
  }
  return at;
}

export function isPreprocess(schema: $ZodType): boolean {
  return schema._zod.traits.has('$ZodPreprocess');
}
