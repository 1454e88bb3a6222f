import type { $ZodType, $ZodTypes } from 'zod/v4/core';

/**
 * A contract's own functions within a zod schema (refine, transform, default, error and so on), and the promises they
 * return.
 *
 * zod, run synchronously, answers a promise with an error and forgets the promise: if that is rejected later, it
 * ends the process. Whether a function returns a promise may depend on the value. So a schema that is certainly
 * asynchronous is never run synchronously, and each function is replaced by one that does the same but looks after
 * its promises.
 */

/** Thrown out of a run by {@link runWatched}: the schema has to be run asynchronously. */
export class PromiseReturned extends Error {}

/** Which of the two is running a schema just now: {@link runWatched} or {@link runLater}. */
let watching: 'at once' | 'later' | undefined;

/** By function that was put into a schema: whether the one it stands for is certainly asynchronous. */
const watched = new WeakMap<Code, boolean>();

type Code = (this: unknown, ...args: unknown[]) => unknown;

/**
 * What becomes of a promise that a function returns. zod awaits those of refinements, checks and transforms, takes
 * that of a string format for true, which is refused here, and has no use for one elsewhere. The `run` of a record's
 * key is zod's own: it returns a promise derived from awaited ones, which zod refuses and forgets.
 */
type Use = 'awaited' | 'refused' | 'unused' | 'run';

/** Where zod looks a function up whenever it calls it. */
interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
  readonly use: Use;
}

const DEFAULT = 'defaultValue';

/** A schema of more parts than this is not searched. */
const MOST_SCHEMAS = 10_000;

/** Checks that run no code of the contract's, or none whose promise zod awaits. */
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
  'mime_type',
  'overwrite',
  'property',
  'properties',
  'describe',
  'meta',
]);

/** Checks whose `when` is zod's own. */
const CHECKS_OF_SIZE: ReadonlySet<string> = new Set([
  'max_size',
  'min_size',
  'size_equals',
  'max_length',
  'min_length',
  'length_equals',
]);

/**
 * Runs a schema that {@link watchCode} has prepared.
 * @throws PromiseReturned when a function of the contract returned a promise. It has been taken care of.
 */
export function runWatched<Result>(parse: (value: unknown) => Result, value: unknown): Result {
  return during('at once', () => parse(value));
}

/**
 * Runs it asynchronously. What a function throws at once is a rejected promise then: were it thrown, zod would forget
 * those of the functions that it has called before.
 */
export function runLater<Result>(
  parse: (value: unknown) => Promise<Result>,
  value: unknown,
): Promise<Result> {
  return during('later', () => parse(value));
}

function during<Result>(run: typeof watching, act: () => Result): Result {
  const outer = watching;
  watching = run;
  try {
    return act();
  } finally {
    watching = outer;
  }
}

/** How a schema may be run: only asynchronously, by {@link runWatched} but not compiled, or by it in any way. */
export type Manner = 'asynchronous' | 'interpreted' | 'any';

/**
 * Prepares a schema for {@link runWatched}. What it accepts and returns stays as it is, for everybody who uses it,
 * but for a string format that returns a promise: it throws instead of accepting everything.
 * @returns how it may be run from now on
 */
export function watchCode(schema: $ZodType): Manner {
  try {
    const { places, keys, known, compiled, madeAnew } = search(schema);
    // All of them, also when the first shows that the schema is asynchronous.
    const synchronous = [...places, ...keys.flatMap(runOfKey)].map(watch).every((each) => each);
    const matters = places.some(({ use }) => use !== 'unused');
    // Generated code keeps the functions that it was made with.
    if (!known || !synchronous || (compiled && matters)) return 'asynchronous';
    return madeAnew && matters ? 'interpreted' : 'any';
  } catch {
    // A lazy part that throws.
    return 'asynchronous';
  }
}

interface Found {
  /** The functions of the contract. */
  readonly places: readonly Place[];
  /** The schemas of the keys of records. */
  readonly keys: readonly $ZodType[];
  /** All parts were found, and none is asynchronous by its kind. */
  readonly known: boolean;
  /** Some of them may be called by generated code. */
  readonly compiled: boolean;
  /** Lazy parts are others at each look: code generated later would meet functions that nobody watches. */
  readonly madeAnew: boolean;
}

/** Searches a schema and all that it consists of. */
function search(schema: $ZodType): Found {
  const places: Place[] = [];
  const keys: $ZodType[] = [];
  let known = true;
  let compiled = false;
  let madeAnew = false;
  // A set grows while it is iterated.
  const schemas = new Set<$ZodType>([schema]);
  for (const each of schemas) {
    const { def } = (each as $ZodTypes)._zod;
    // Asked first: zod does not ask a second time when it throws.
    const inner = def.type === 'lazy' ? def.getter() : undefined;
    madeAnew ||= inner !== undefined && inner !== (each as LazySchema)._zod.innerType;
    const children = childrenOf(each as $ZodTypes);
    known &&= children !== undefined && def.type !== 'promise';
    for (const child of children ?? []) schemas.add(child);
    if (def.type === 'record') keys.push(def.keyType);
    places.push(...codeOf(each));
    compiled ||= '__originalRun' in each._zod.run;
    if (schemas.size > MOST_SCHEMAS) {
      known = false;
      break;
    }
  }
  return { places, keys, known, compiled, madeAnew };
}

/** The run of a key's schema, when there is code in it whose promise it may return. */
function runOfKey(key: $ZodType): readonly Place[] {
  if (!search(key).places.some(({ use }) => use === 'awaited')) return [];
  return place(key._zod as unknown as Record<string, unknown>, 'run', 'run');
}

/** @returns whether the schema may be run synchronously for all that this function does */
function watch(place: Place): boolean {
  const { use } = place;
  const code = codeAt(place) as Code;
  const known = watched.get(code);
  if (known !== undefined) return !known;
  const asynchronous = use === 'awaited' && Object.prototype.toString.call(code) === '[object AsyncFunction]';
  const wrapper = watchedCode(code, use);
  watched.set(wrapper, asynchronous);
  // What is frozen stays as it is.
  return (replace(place, wrapper) || use === 'unused') && !asynchronous;
}

function watchedCode(code: Code, use: Use): Code {
  const wrapper: Code = function (...args) {
    const run = watching;
    // Schemas that the function runs itself are its own business. A key must not return a promise even if it fails.
    watching = use === 'run' && run === 'at once' ? run : undefined;
    let result: unknown;
    try {
      result = code.apply(this, args);
    } catch (thrown) {
      if (run !== 'later' || use !== 'awaited') throw thrown;
      result = Promise.reject(thrown);
    } finally {
      watching = run;
    }
    if (result instanceof Promise) {
      // Also in an asynchronous run: of several that are rejected zod looks at the first only.
      result.catch(() => {});
      if (use === 'refused')
        throw new TypeError('a string format returned a promise, which zod does not await');
      if (use === 'awaited' && run === 'at once') throw new PromiseReturned();
    }
    return result;
  };
  // Its name, its length, what its author or zod has noted on it.
  return Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(code));
}

/** The schemas directly within a schema; undefined when it is of a kind that nobody knows. */
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
    case 'promise':
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
  const own = [
    ...place(def, 'fn', 'awaited', def.type === 'custom'),
    ...place(def, 'transform', 'awaited'),
    ...place(def, 'catchValue', 'unused'),
    ...place(def, DEFAULT, 'unused'),
    ...place(def, 'error', 'unused'),
  ];
  const checks = schema._zod.traits.has('$ZodCheck') ? [schema as unknown as Check] : [];
  return [...own, ...[...checks, ...(schema._zod.def.checks ?? [])].flatMap(codeOfCheck)];
}

function codeOfCheck({ _zod }: Check): readonly Place[] {
  const { def } = _zod as unknown as { readonly def: Record<string, unknown> };
  const { check } = _zod.def;
  const rest = [
    ...place(def, 'tx', 'unused'),
    ...place(def, 'error', 'unused'),
    ...place(def, 'when', 'unused', !CHECKS_OF_SIZE.has(check)),
  ];
  // One with a pattern calls nothing else.
  if (check === 'string_format') return [...place(def, 'fn', 'refused', def.pattern === undefined), ...rest];
  if (PLAIN_CHECKS.has(check)) return rest;
  // A refinement is called by its check, and by generated code without it.
  const own = place(_zod as unknown as Record<string, unknown>, 'check', 'awaited');
  return [...place(def, 'fn', 'awaited'), ...own, ...rest];
}

function place(holder: Record<string, unknown>, key: string, use: Use, there = true): readonly Place[] {
  const found = { holder, key, use };
  return there && typeof codeAt(found) === 'function' ? [found] : [];
}

/** A default is made by a getter, which is not to be called before zod does. */
function codeAt({ holder, key }: Place): unknown {
  return key === DEFAULT ? Object.getOwnPropertyDescriptor(holder, key)?.get : holder[key];
}

/** @returns whether it could be replaced */
function replace({ holder, key }: Place, code: Code): boolean {
  if (key !== DEFAULT) return Reflect.set(holder, key, code);
  const descriptor = Object.getOwnPropertyDescriptor(holder, key);
  return Reflect.defineProperty(holder, key, { ...descriptor, get: code });
}
