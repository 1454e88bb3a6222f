/**
 * Two things that zod knows while a contract is being written and forgets: that a schema was given a brand
 * (`brand()` returns the schema itself), and that an enum was made from a list of strings (then its type is their
 * union; made from a TypeScript enum, its type is that enum). They are watched for while contracts load.
 *
 * Unseen, an enum is taken for a TypeScript one, whose type the contract has to be asked for, and a brand is lost.
 */
import { type $ZodType, globalConfig } from 'zod/v4/core';

const branded = new WeakSet<object>();
const madeFromList = new WeakSet<object>();

type PostProcessor = NonNullable<typeof globalConfig.postProcessor>;

let watchers = 0;
let stopWatchingEnums = (): void => {};
let watchesBrands = false;

/**
 * Watches until the returned function is called; every copy of zod in this process is watched. Brands are watched
 * for from the first call on, since a lazy schema may be made long after its contract was loaded.
 */
export function watchErasedTypes(): () => void {
  if (!watchesBrands) watchBrands();
  watchesBrands = true;
  if (watchers === 0) stopWatchingEnums = watchEnums();
  watchers += 1;
  let stopped = false;
  return () => {
    if (stopped) return;
    stopped = true;
    watchers -= 1;
    if (watchers === 0) stopWatchingEnums();
  };
}

/** Whether this schema, or one that it was made from by adding checks or metadata, was given a brand. */
export function isBranded(schema: $ZodType): boolean {
  for (let at: $ZodType | undefined = schema; at !== undefined; at = at._zod.parent) {
    if (branded.has(at)) return true;
  }
  return false;
}

/** Whether an enum's entries were made from a list of strings, for certain. */
export function isListEnum(entries: object): boolean {
  return madeFromList.has(entries);
}

/** zod tells `postProcessor` of each schema that it makes. `zod/compile` sets it, too, so both are served. */
function watchBrands(): void {
  let other: PostProcessor | undefined = globalConfig.postProcessor;
  Object.defineProperty(globalConfig, 'postProcessor', {
    configurable: true,
    enumerable: true,
    get: (): PostProcessor => (schema) => {
      watchBranding(schema as object);
      other?.(schema);
    },
    set: (next: PostProcessor | undefined) => {
      other = next;
    },
  });
}

function watchBranding(schema: { readonly brand?: unknown }): void {
  const { brand } = schema;
  if (typeof brand !== 'function') return;
  Object.defineProperty(schema, 'brand', {
    configurable: true,
    writable: true,
    enumerable: false,
    value: (...args: unknown[]): unknown => {
      branded.add(schema);
      return brand.apply(schema, args);
    },
  });
}

/** `z.enum` turns a list into entries by this function. */
function watchEnums(): () => void {
  const { fromEntries } = Object;
  const watched: typeof fromEntries = (entries: Iterable<readonly unknown[]>) => {
    const made = fromEntries(entries);
    madeFromList.add(made);
    return made;
  };
  Object.fromEntries = watched;
  return () => {
    if (Object.fromEntries === watched) Object.fromEntries = fromEntries;
  };
}
