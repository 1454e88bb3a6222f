import type { $ZodType, $ZodTypes } from 'zod/v4/core';

/**
 * A contract's own functions within a zod schema (refine, check, transform, codec), and the promises they return.
 *
 * zod, run synchronously, answers a promise with an error and forgets the promise: if that is rejected later, it
 * ends the process. Whether a function returns a promise may depend on the value. So a schema that is certainly
 * asynchronous is never run synchronously, and in all others each function is replaced by one that does the same
 * but looks after its promises.
 */

/** Thrown out of a run by {@link runWatched}: the schema has to be run asynchronously. */
export class PromiseReturned extends Error {}

/** A schema that {@link runWatched} is running. */
let watching = false;

/** By function that was put into a schema: whether the one it stands for is certainly asynchronous. */
const watched = new WeakMap<Code, boolean>();

type Code = (this: unknown, ...args: unknown[]) => unknown;
/** Where zod looks a function up whenever it calls it. */
type Place = { readonly holder: Record<string, unknown>; readonly key: string };

/** A schema of more parts than this is not searched. */
const MOST_SCHEMAS = 10_000;

/** Checks that run no code of the contract's. */
const PLAIN_CHECKS: ReadonlySet<string> = new Set([
  'less_than',
  'greater_than',
  'multiple_of',
  'number_format',
  'bigint_format',
  'max_size',
  'min_size',
  'size_equals',
  'max_length',
  'min_length',
  'length_equals',
  'string_format',
  'mime_type',
  'overwrite',
  'property',
  'properties',
  'describe',
  'meta',
]);

/**
 * Runs a schema that {@link watchCode} has prepared.
 * @throws PromiseReturned when a function of the contract returned a promise. It has been taken care of.
 */
export function runWatched<Result>(parse: (value: unknown) => Result, value: unknown): Result {
  const outer = watching;
  watching = true;
  try {
    return parse(value);
  } finally {
    watching = outer;
  }
}

/** How a schema may be run: only asynchronously, by {@link runWatched} but not compiled, or by it in any way. */
export type Manner = 'asynchronous' | 'interpreted' | 'any';

/**
 * Prepares a schema for {@link runWatched}. What it accepts and returns stays as it is, for everybody who uses it.
 * @returns how it may be run from now on
 */
export function watchCode(schema: $ZodType): Manner {
  try {
    const found = search(schema);
    if (found === undefined) return 'asynchronous';
    const { places, compiled, madeAnew } = found;
    if (places.length === 0) return 'any';
    // Generated code keeps the functions that it was made with.
    const watchable = !compiled && places.map(watch).every((synchronous) => synchronous);
    return watchable ? (madeAnew ? 'interpreted' : 'any') : 'asynchronous';
  } catch {
    // A frozen schema, or a lazy part that throws.
    return 'asynchronous';
  }
}

interface Found {
  /** The functions of the contract. */
  readonly places: readonly Place[];
  /** Some of them may be called by generated code. */
  readonly compiled: boolean;
  /** Lazy parts are others at each look: code generated later would meet functions that nobody watches. */
  readonly madeAnew: boolean;
}

/** Searches a schema and all that it consists of; undefined when not all of it can be known. */
function search(schema: $ZodType): Found | undefined {
  const places: Place[] = [];
  let compiled = false;
  let madeAnew = false;
  // A set grows while it is iterated.
  const schemas = new Set<$ZodType>([schema]);
  for (const each of schemas) {
    // Asked first: zod does not ask a second time when it throws.
    const inner = each._zod.def.type === 'lazy' ? (each as LazySchema)._zod.def.getter() : undefined;
    madeAnew ||= inner !== undefined && inner !== (each as LazySchema)._zod.innerType;
    const children = childrenOf(each as $ZodTypes);
    if (children === undefined || schemas.size > MOST_SCHEMAS) return undefined;
    for (const child of children) schemas.add(child);
    places.push(...codeOf(each));
    compiled ||= '__originalRun' in each._zod.run;
  }
  return { places, compiled, madeAnew };
}

/** @returns whether it may be called synchronously */
function watch({ holder, key }: Place): boolean {
  const code = holder[key] as Code;
  const known = watched.get(code);
  if (known !== undefined) return !known;
  const asynchronous = Object.prototype.toString.call(code) === '[object AsyncFunction]';
  const wrapper = watchedCode(code);
  watched.set(wrapper, asynchronous);
  holder[key] = wrapper;
  return !asynchronous;
}

function watchedCode(code: Code): Code {
  return function (...args) {
    const wasWatching = watching;
    // Schemas that the function runs itself are its own business.
    watching = false;
    let result: unknown;
    try {
      result = code.apply(this, args);
    } finally {
      watching = wasWatching;
    }
    if (result instanceof Promise) {
      // Also in an asynchronous run: of several that are rejected zod looks at the first only.
      result.catch(() => {});
      if (watching) throw new PromiseReturned();
    }
    return result;
  };
}

/** The schemas directly within a schema; undefined when it is of a kind that nobody knows, or always asynchronous. */
function childrenOf(schema: $ZodTypes): readonly $ZodType[] | undefined {
  const checks = (schema._zod.def.checks ?? []).flatMap(schemasOfCheck);
  const inner = innerOf(schema);
  return inner && [...inner, ...checks];
}

function innerOf(schema: $ZodTypes): readonly $ZodType[] | undefined {
  const def = schema._zod.def;
  switch (def.type) {
    case 'object':
      return [...shapeOf(def.shape), ...given(def.catchall)];
    case 'array':
      return [def.element];
    case 'tuple':
      return [...def.items, ...given(def.rest)];
    case 'record':
    case 'map':
      return [def.keyType, def.valueType];
    case 'set':
      return [def.valueType];
    case 'union':
      return def.options;
    case 'intersection':
      return [def.left, def.right];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
    case 'nonoptional':
    case 'success':
      return [def.innerType];
    case 'pipe':
      return [def.in, def.out];
    case 'lazy':
      return [(schema as LazySchema)._zod.innerType];
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'symbol':
    case 'null':
    case 'undefined':
    case 'void':
    case 'never':
    case 'any':
    case 'unknown':
    case 'date':
    case 'nan':
    case 'enum':
    case 'literal':
    case 'file':
    case 'template_literal':
    case 'transform':
    case 'custom':
    case 'function':
      return [];
    default:
      return undefined;
  }
}

type LazySchema = Extract<$ZodTypes, { _zod: { def: { type: 'lazy' } } }>;

type Check = NonNullable<$ZodType['_zod']['def']['checks']>[number];

function schemasOfCheck(check: Check): readonly $ZodType[] {
  const { schema, shape } = check._zod.def as { readonly schema?: $ZodType; readonly shape?: object };
  return [...given(schema), ...(shape === undefined ? [] : shapeOf(shape))];
}

function shapeOf(shape: object): readonly $ZodType[] {
  return Reflect.ownKeys(shape).map(
    (key) => (shape as Readonly<Record<PropertyKey, $ZodType>>)[key] as $ZodType,
  );
}

function given(schema: $ZodType | null | undefined): readonly $ZodType[] {
  return schema == null ? [] : [schema];
}

function codeOf(schema: $ZodType): readonly Place[] {
  const { def } = schema._zod as unknown as { readonly def: Record<string, unknown> };
  const own = [...place(def, 'fn', def.type === 'custom'), ...place(def, 'transform')];
  const checks = [...(schema._zod.traits.has('$ZodCheck') ? [schema as unknown as Check] : [])];
  return [...own, ...[...checks, ...(schema._zod.def.checks ?? [])].flatMap(codeOfCheck)];
}

/** A refinement is called by its check, and by generated code without it. */
function codeOfCheck({ _zod }: Check): readonly Place[] {
  if (PLAIN_CHECKS.has(_zod.def.check)) return [];
  const { def } = _zod as unknown as { readonly def: Record<string, unknown> };
  return [...place(def, 'fn'), ...place(_zod as unknown as Record<string, unknown>, 'check')];
}

function place(holder: Record<string, unknown>, key: string, there = true): readonly Place[] {
  return there && typeof holder[key] === 'function' ? [{ holder, key }] : [];
}
