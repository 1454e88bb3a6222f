import type { $ZodObject, $ZodType, $ZodTypes } from 'zod/v4/core';
import { type AttachmentSchema, attachmentSchemaOf } from './attachments.js';
import { serviceOf } from './service-of.js';
import { literalText, type ShapeKind, type ShapeNode } from './shape.js';

/** Which side of a schema travels: what goes into it, or what comes out. */
export type Direction = 'input' | 'output';

/** Adds the node of a schema to a table and returns its index. */
export type AddShape = (schema: $ZodType) => number;

/** Whether a schema is one of zod 4. (zod 3 schemas have no `_zod`.) */
export function isZodSchema(schema: unknown): schema is $ZodType {
  return (schema as { _zod?: { def?: unknown } } | null)?._zod?.def !== undefined;
}

/**
 * The schema that says what really travels: wrappers that change nothing on the wire are left out, and of a
 * transform only the side that travels is taken. Undefined when anything may travel.
 */
export function travellingSchema(schema: $ZodType, direction: Direction): $ZodType | undefined {
  const seen = new Set<$ZodType>();
  let current: $ZodType = schema;
  while (!seen.has(current)) {
    seen.add(current);
    const inner = unwrap(current as $ZodTypes, direction);
    if (inner === current) return current;
    if (inner === undefined) return undefined;
    current = inner;
  }
  // A lazy schema that stands for nothing but itself.
  return undefined;
}

function unwrap(schema: $ZodTypes, direction: Direction): $ZodType | undefined {
  const def = schema._zod.def;
  switch (def.type) {
    case 'lazy': {
      const inner = (schema as Extract<$ZodTypes, { _zod: { def: { type: 'lazy' } } }>)._zod.innerType;
      return inner === schema ? undefined : inner;
    }
    case 'readonly':
      return def.innerType;
    case 'success':
      return direction === 'output' ? schema : def.innerType;
    case 'nonoptional': {
      const inner = def.innerType as $ZodTypes;
      return inner._zod.def.type === 'optional' ? inner._zod.def.innerType : inner;
    }
    case 'default':
    case 'prefault':
      return direction === 'output' ? def.innerType : schema;
    case 'catch':
      return direction === 'output' ? def.innerType : undefined;
    case 'optional':
      return schema._zod.traits.has('$ZodExactOptional') ? def.innerType : schema;
    case 'pipe':
      return direction === 'output' ? def.out : def.in;
    case 'transform':
    case 'any':
    case 'unknown':
      return undefined;
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'date':
      return 'coerce' in def && def.coerce === true && direction === 'input' ? undefined : schema;
    default:
      return schema;
  }
}

/** The node of a schema that {@link travellingSchema} returned. */
export function zodNode(schema: $ZodType, direction: Direction, add: AddShape): ShapeNode {
  const def = (schema as $ZodTypes)._zod.def;
  const checks = checksOf(schema);
  switch (def.type) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'date':
      return leaf(def.type, checks);
    case 'template_literal': {
      const pattern = (schema as unknown as { _zod: { pattern: RegExp } })._zod.pattern;
      return leaf('string', [JSON.stringify({ pattern: pattern.source })]);
    }
    case 'null':
    case 'undefined':
    case 'nan':
    case 'never':
      return leaf(def.type);
    case 'void':
      return leaf('undefined');
    case 'success':
      return leaf('boolean');
    case 'literal':
      return literal(def.values);
    case 'enum':
      return literal(enumValues(def.entries));
    case 'object':
      return objectNode(schema as $ZodObject, direction, checks, add);
    case 'array':
      return { kind: 'array', ...checked(checks), refs: [add(def.element)] };
    case 'tuple':
      return tupleNode(def.items, def.rest ?? undefined, direction, checks, add);
    case 'record':
      return recordNode(def.keyType, def.valueType, 'partial' in def && def.partial === true, direction, add);
    case 'map':
      return { kind: 'map', ...checked(checks), refs: [add(def.keyType), add(def.valueType)] };
    case 'set':
      return { kind: 'set', ...checked(checks), refs: [add(def.valueType)] };
    case 'union':
      return { kind: 'union', refs: def.options.map(add) };
    case 'intersection':
      return { kind: 'intersection', refs: [add(def.left), add(def.right)] };
    case 'optional':
    case 'default':
    case 'prefault':
      return { kind: 'optional', refs: [add(def.innerType)] };
    case 'nullable':
      return { kind: 'nullable', refs: [add(def.innerType)] };
    case 'custom': {
      const attachment = attachmentSchemaOf(schema);
      if (attachment !== undefined) return attachmentNode(attachment);
      return classNode((schema._zod.bag as { Class?: { name?: string } }).Class);
    }
    default:
      return { kind: 'custom', name: def.type };
  }
}

function leaf(kind: ShapeKind, checks: readonly string[] = []): ShapeNode {
  return { kind, ...checked(checks) };
}

function checked(checks: readonly string[]): { readonly checks?: readonly string[] } {
  return checks.length === 0 ? {} : { checks };
}

function literal(values: readonly unknown[]): ShapeNode {
  return { kind: 'literal', values: [...new Set(values.map(literalText))].sort() };
}

/** TypeScript's numeric enums also map back from value to name; those entries are no values. */
function enumValues(entries: Readonly<Record<string, string | number>>): readonly unknown[] {
  const numbers = Object.values(entries).filter((value) => typeof value === 'number');
  return Object.entries(entries)
    .filter(([key]) => !numbers.includes(Number(key)))
    .map(([, value]) => value);
}

function objectNode(
  schema: $ZodObject,
  direction: Direction,
  checks: readonly string[],
  add: AddShape,
): ShapeNode {
  const { shape, catchall } = schema._zod.def;
  const names = Object.keys(shape);
  const fields = names.map((name) => shape[name] as $ZodType);
  const optional = names.flatMap((_, i) => (mayBeAbsent(fields[i] as $ZodType, direction) ? [i] : []));
  const refs = fields.map(add);
  const rest = (catchall as $ZodTypes | undefined)?._zod.def.type;
  const extra =
    rest === undefined
      ? 'dropped'
      : rest === 'never'
        ? 'refused'
        : rest === 'unknown' || rest === 'any'
          ? 'kept'
          : 'checked';
  if (extra === 'checked') refs.push(add(catchall as $ZodType));
  return {
    kind: 'object',
    names,
    ...(optional.length > 0 && { optional }),
    ...(extra !== 'dropped' && { extra }),
    ...checked(checks),
    refs,
  };
}

function mayBeAbsent(schema: $ZodType, direction: Direction): boolean {
  return direction === 'input' ? schema._zod.optin !== undefined : schema._zod.optout === 'optional';
}

function tupleNode(
  items: readonly $ZodType[],
  rest: $ZodType | undefined,
  direction: Direction,
  checks: readonly string[],
  add: AddShape,
): ShapeNode {
  let min = items.length;
  while (min > 0 && mayBeAbsent(items[min - 1] as $ZodType, direction)) min--;
  const refs = items.map(add);
  if (rest !== undefined) refs.push(add(rest));
  return { kind: 'tuple', min, ...(rest !== undefined && { rest: true }), ...checked(checks), refs };
}

/** A record whose keys are known one by one is an object with those keys. */
function recordNode(
  keyType: $ZodType,
  valueType: $ZodType,
  partial: boolean,
  direction: Direction,
  add: AddShape,
): ShapeNode {
  const keys = keyType._zod.values;
  if (keys === undefined) return { kind: 'record', refs: [add(keyType), add(valueType)] };
  const names = [...keys].filter((key) => typeof key === 'string' || typeof key === 'number').map(String);
  const value = add(valueType);
  const absent = partial || mayBeAbsent(valueType, direction);
  return {
    kind: 'object',
    names,
    ...(absent && { optional: names.map((_, i) => i) }),
    extra: 'refused',
    refs: names.map(() => value),
  };
}

function classNode(ofClass: { name?: string } | undefined): ShapeNode {
  const name = ofClass?.name;
  if (name === 'Uint8Array' || name === 'Buffer') return { kind: 'bytes' };
  if (name === 'Date') return { kind: 'date' };
  return name === undefined ? { kind: 'custom' } : { kind: 'custom', name };
}

function attachmentNode({ kind, maxBytes, service }: AttachmentSchema): ShapeNode {
  if (service !== undefined) return { kind, name: serviceOf(service()).name };
  return {
    kind,
    ...checked(maxBytes === undefined ? [] : [JSON.stringify({ check: 'max_bytes', maximum: maxBytes })]),
  };
}

/** What a check says, without its messages. Checks that run code of the contract say nothing that can be compared. */
const CHECK_FIELDS = [
  'check',
  'format',
  'value',
  'inclusive',
  'minimum',
  'maximum',
  'length',
  'size',
  'includes',
  'position',
  'prefix',
  'suffix',
  'pattern',
  'version',
  'precision',
  'offset',
  'local',
  'hostname',
  'protocol',
  'mime',
] as const;
const CODE_CHECKS = new Set(['custom', 'overwrite', 'property']);

function checksOf(schema: $ZodType): readonly string[] {
  const def = schema._zod.def as { readonly check?: string };
  const own = schema._zod.traits.has('$ZodCheck') ? [def] : [];
  const attached = (schema._zod.def.checks ?? []).map((check) => check._zod.def);
  return [...own, ...attached]
    .filter((each) => each.check !== undefined && !CODE_CHECKS.has(each.check))
    .map((each) => JSON.stringify(plainCheck(each as Readonly<Record<string, unknown>>)))
    .sort();
}

function plainCheck(def: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const field of CHECK_FIELDS) {
    const value = def[field];
    if (value instanceof RegExp) plain[field] = String(value);
    else if (value instanceof Date) plain[field] = value.getTime();
    else if (typeof value === 'bigint') plain[field] = literalText(value);
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      plain[field] = value;
    else if (Array.isArray(value)) plain[field] = value.map(String);
  }
  return plain;
}
