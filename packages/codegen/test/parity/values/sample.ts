import type { $ZodObject, $ZodType, $ZodTypes } from 'zod/v4/core';
import type { Entropy } from './entropy.js';
import { anything, define, oddBigint, oddBytes, oddDate, oddKey, oddNumber, several } from './odd.js';
import { oddText, PATTERNS, textOfFormat, word } from './texts.js';

/** Beyond so many levels a recursive schema gets the shortest value that may do. */
const MAX_DEPTH = 7;

/**
 * A value that a schema probably accepts: what its structure and its checks ask for. Code of the schema is not looked
 * at, so the value may still be refused.
 */
export function sample(schema: $ZodType, entropy: Entropy, depth = 0): unknown {
  const def = (schema as $ZodTypes)._zod.def;
  const inner = (each: $ZodType): unknown => sample(each, entropy, depth + 1);
  if (depth > MAX_DEPTH) return shortest(schema);
  switch (def.type) {
    case 'string':
      return coerced(def, entropy) ? anything(entropy, 3) : text(schema, entropy);
    case 'number':
      return coerced(def, entropy) ? anything(entropy, 3) : number(schema, entropy);
    case 'bigint':
      return coerced(def, entropy) ? anything(entropy, 3) : bigint(schema, entropy);
    case 'boolean':
      return coerced(def, entropy) ? anything(entropy, 3) : entropy.once(2);
    case 'date':
      return coerced(def, entropy) ? anything(entropy, 3) : date(schema, entropy);
    case 'null':
      return null;
    case 'undefined':
    case 'void':
    case 'never':
      return undefined;
    case 'nan':
      return Number.NaN;
    case 'literal':
      // Some are objects, which belong to the schema and are not to be changed.
      return def.values.length === 0 ? undefined : structuredClone(entropy.pick<unknown>(def.values));
    case 'enum':
      return entropy.pick([...(schema._zod.values ?? [])]);
    case 'template_literal':
      return def.parts.map((part) => (isSchema(part) ? String(inner(part)) : String(part))).join('');
    case 'object':
      return object(schema as $ZodObject, entropy, depth);
    case 'array':
      return Array.from({ length: size(schema, entropy, depth) }, () => inner(def.element));
    case 'set':
      return new Set(Array.from({ length: size(schema, entropy, depth) }, () => inner(def.valueType)));
    case 'map':
      return new Map(
        Array.from({ length: size(schema, entropy, depth) }, () => [
          inner(def.keyType),
          inner(def.valueType),
        ]),
      );
    case 'tuple':
      return tuple(def.items, def.rest ?? undefined, entropy, depth);
    case 'record':
      return record(def.keyType, def.valueType, entropy, depth);
    case 'union':
      return inner(entropy.pick(def.options));
    case 'intersection':
      return both(inner(def.left), inner(def.right));
    case 'optional':
      return entropy.once(4) ? undefined : inner(def.innerType);
    case 'nullable':
      return entropy.once(4) ? null : inner(def.innerType);
    case 'default':
    case 'prefault':
      return entropy.once(3) ? undefined : inner(def.innerType);
    case 'catch':
      return entropy.once(3) ? anything(entropy, 2) : inner(def.innerType);
    case 'readonly':
    case 'nonoptional':
    case 'success':
      return inner(def.innerType);
    case 'pipe':
      return inner((def.in as $ZodTypes)._zod.def.type === 'transform' ? def.out : def.in);
    case 'lazy':
      return inner((schema as Extract<$ZodTypes, { _zod: { def: { type: 'lazy' } } }>)._zod.innerType);
    case 'custom': {
      const name = (schema._zod.bag as { Class?: { name?: string } }).Class?.name;
      return name === 'Uint8Array'
        ? oddBytes(entropy)
        : name === 'Date'
          ? oddDate(entropy)
          : anything(entropy);
    }
    default:
      return anything(entropy);
  }
}

/** What may end a recursion: nothing, or an empty container. */
function shortest(schema: $ZodType): unknown {
  const def = (schema as $ZodTypes)._zod.def;
  switch (def.type) {
    case 'array':
      return [];
    case 'set':
      return new Set();
    case 'map':
      return new Map();
    case 'nullable':
      return null;
    case 'string':
      return '';
    case 'number':
      return 0;
    default:
      return undefined;
  }
}

function coerced(def: { readonly coerce?: boolean | undefined }, entropy: Entropy): boolean {
  return def.coerce === true && entropy.once(2);
}

function isSchema(part: unknown): part is $ZodType {
  return typeof part === 'object' && part !== null && '_zod' in part;
}

/** What a check says of itself. */
type CheckDef = Readonly<Record<string, unknown>>;

/** The definitions of all checks of a schema; a format is a check of itself. */
function checksOf(schema: $ZodType): readonly CheckDef[] {
  const own = schema._zod.traits.has('$ZodCheck') ? [schema._zod.def] : [];
  const attached = (schema._zod.def.checks ?? []).map((check) => check._zod.def);
  return [...own, ...attached] as unknown as readonly CheckDef[];
}

interface Range {
  least: number;
  most: number;
}

/** The sizes that the checks of a schema leave. */
function sizes(schema: $ZodType): Range {
  const range: Range = { least: 0, most: Number.POSITIVE_INFINITY };
  for (const def of checksOf(schema)) {
    for (const [field, sides] of SIZE_FIELDS) {
      const limit = def[field];
      if (typeof limit !== 'number') continue;
      if (sides !== 'most') range.least = Math.max(range.least, limit);
      if (sides !== 'least') range.most = Math.min(range.most, limit);
    }
  }
  return range;
}

const SIZE_FIELDS = [
  ['minimum', 'least'],
  ['maximum', 'most'],
  ['length', 'both'],
  ['size', 'both'],
] as const;

/** Sizes at which a count takes another byte. */
const MANY = [31, 32, 127, 128, 300];

function size(schema: $ZodType, entropy: Entropy, depth: number): number {
  const { least, most } = sizes(schema);
  if (depth < 2 && entropy.once(50)) return Math.min(most, Math.max(least, entropy.pick(MANY)));
  return Math.min(most, least + entropy.int(depth > 3 ? 2 : 4));
}

function text(schema: $ZodType, entropy: Entropy): string {
  const checks = checksOf(schema);
  let made = entropy.once(4) ? oddText(entropy) : word(entropy, entropy.int(4));
  for (const { format, pattern } of checks) {
    const texts = pattern instanceof RegExp ? PATTERNS[pattern.source] : undefined;
    if (texts !== undefined) made = entropy.pick(texts);
    else if (typeof format === 'string' && format !== 'regex') made = textOfFormat(format, entropy);
  }
  const { least, most } = sizes(schema);
  const points = [...made];
  while (points.length < least && points.length < 400) points.push('a');
  made = points.slice(0, Math.min(most, points.length)).join('');
  for (const { prefix, suffix, includes, position } of checks) {
    if (typeof includes === 'string' && !made.includes(includes)) {
      made = typeof position === 'number' ? made.padEnd(position, 'a') + includes : made + includes;
    }
    if (typeof prefix === 'string' && !made.startsWith(prefix)) made = prefix + made;
    if (typeof suffix === 'string' && !made.endsWith(suffix)) made += suffix;
  }
  return made;
}

function number(schema: $ZodType, entropy: Entropy): number {
  const { low, high, step, whole } = numeric(schema);
  let made = entropy.once(2) ? oddNumber(entropy) : entropy.int(8) - 2;
  if (!Number.isFinite(made)) made = 0;
  if (made < low || made > high) made = entropy.once(2) ? low : high;
  if (!Number.isFinite(made)) made = Number.isFinite(low) ? low : high;
  if (!Number.isFinite(made)) made = 0;
  if (whole) made = Math.round(made);
  if (step !== undefined && step !== 0 && !entropy.once(8)) made = Math.ceil(made / step) * step;
  return made;
}

/** What the checks of a number leave. A limit itself may be excluded, which makes a near miss. */
function numeric(schema: $ZodType): { low: number; high: number; step: number | undefined; whole: boolean } {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let step: number | undefined;
  let whole = false;
  for (const def of checksOf(schema)) {
    const value = Number(def.value);
    if (def.check === 'greater_than') low = Math.max(low, def.inclusive === true ? value : value + 1);
    else if (def.check === 'less_than') high = Math.min(high, def.inclusive === true ? value : value - 1);
    else if (def.check === 'multiple_of') step = value;
    else if (String(def.format).includes('int')) {
      whole = true;
      if (def.format === 'uint32') low = Math.max(low, 0);
      if (String(def.format).endsWith('32')) high = Math.min(high, 2 ** 31 - 1);
    }
  }
  return { low, high, step, whole };
}

function bigint(schema: $ZodType, entropy: Entropy): bigint {
  const { low, high, step } = numeric(schema);
  let made = entropy.once(2) ? oddBigint(entropy) : BigInt(entropy.int(8) - 2);
  if (made < low && Number.isFinite(low)) made = BigInt(low);
  if (made > high && Number.isFinite(high)) made = BigInt(high);
  return step === undefined || entropy.once(8) ? made : made * BigInt(step);
}

function date(schema: $ZodType, entropy: Entropy): Date {
  const { low, high } = numeric(schema);
  const made = oddDate(entropy);
  const ms = made.getTime();
  if (ms < low) return new Date(low);
  return ms > high ? new Date(high) : made;
}

function object(schema: $ZodObject, entropy: Entropy, depth: number): object {
  const { shape, catchall } = schema._zod.def;
  const made = {};
  for (const [key, field] of Object.entries(shape)) {
    const optional = field._zod.optin !== undefined;
    if (optional && (depth >= MAX_DEPTH || entropy.once(3))) continue;
    define(made, key, sample(field, entropy, depth + 1));
  }
  if (catchall !== undefined && entropy.once(3)) {
    for (const key of several(entropy, () => oddKey(entropy))) {
      if (!Object.hasOwn(shape, key)) define(made, key, sample(catchall, entropy, depth + 1));
    }
  }
  return made;
}

function tuple(
  items: readonly $ZodType[],
  rest: $ZodType | undefined,
  entropy: Entropy,
  depth: number,
): unknown[] {
  const made = items.map((item) => sample(item, entropy, depth + 1));
  let least = items.length;
  while (least > 0 && items[least - 1]?._zod.optin !== undefined) least--;
  if (entropy.once(2)) made.length = least + entropy.int(items.length - least + 1);
  else if (rest !== undefined) made.push(...several(entropy, () => sample(rest, entropy, depth + 1)));
  return made;
}

function record(keyType: $ZodType, valueType: $ZodType, entropy: Entropy, depth: number): object {
  const made = {};
  const known = keyType._zod.values;
  const keys =
    known === undefined || entropy.once(4)
      ? several(entropy, () => (entropy.once(5) ? oddKey(entropy) : sample(keyType, entropy, depth + 1)))
      : [...known];
  for (const key of keys) {
    if (typeof key === 'symbol' || typeof key === 'object') continue;
    define(made, String(key), sample(valueType, entropy, depth + 1));
  }
  return made;
}

/** A value that has what two others have, as far as they are objects. */
function both(left: unknown, right: unknown): unknown {
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) return left;
  if (Object.getPrototypeOf(left) !== Object.prototype) return left;
  if (Object.getPrototypeOf(right) !== Object.prototype) return right;
  const made = {};
  for (const [key, item] of [...Object.entries(right), ...Object.entries(left)]) define(made, key, item);
  return made;
}
