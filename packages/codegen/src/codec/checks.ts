import { attachmentSchemaOf } from '@doorcall/core/contract';
import type { $ZodCheck, $ZodType } from 'zod/v4/core';

/** The checks of a schema, in the order in which zod runs them. */
export function checksOf(schema: $ZodType): readonly $ZodCheck[] {
  const own = schema._zod.traits.has('$ZodCheck') ? [schema as unknown as $ZodCheck] : [];
  return [...own, ...((schema._zod.def.checks as readonly $ZodCheck[] | undefined) ?? [])];
}

/** Formats that are nothing but a pattern. Others have code of their own. */
const PATTERNS = new Set([
  'cidrv4',
  'cuid',
  'cuid2',
  'date',
  'datetime',
  'duration',
  'e164',
  'email',
  'guid',
  'ipv4',
  'ksuid',
  'lowercase',
  'mac',
  'nanoid',
  'regex',
  'time',
  'ulid',
  'uppercase',
  'uuid',
  'xid',
]);

/** The ranges of zod's number formats. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  safeint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  float32: [-3.4028234663852886e38, 3.4028234663852886e38],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
};
const BIGINT_RANGES: Readonly<Record<string, readonly [string, string]>> = {
  int64: ['-9223372036854775808n', '9223372036854775807n'],
  uint64: ['0n', '18446744073709551615n'],
};

/** What a check is written with. */
export interface CheckWords {
  /** Uses a name of '@doorcall/core/generated'. */
  use(name: string): string;
  /** The constant that is the pattern of the check with this index. */
  pattern(check: number): string;
}

/**
 * Conditions that hold for values that a schema's checks refuse, for the variable `x`; undefined when one of the
 * checks can only be run.
 */
export function refusals(schema: $ZodType, x: string, words: CheckWords): readonly string[] | undefined {
  const conditions: string[] = [];
  const attachment = attachmentSchemaOf(schema);
  for (const [i, check] of checksOf(schema).entries()) {
    if (attachment !== undefined && check === (schema as unknown as $ZodCheck)) {
      // That it is of the kind was seen when it was read or written.
      if (attachment.maxBytes !== undefined) conditions.push(`${x}.byteLength > ${attachment.maxBytes}`);
      continue;
    }
    const own = refusal(check._zod.def as unknown as CheckDef, x, i, words);
    if (own === undefined) return undefined;
    conditions.push(...own);
  }
  return conditions;
}

/** The most items that a set or a map may bring, whatever becomes of them. */
export function sizeCap(schema: $ZodType): number | undefined {
  const caps = checksOf(schema).flatMap((check) => {
    const def = check._zod.def as unknown as CheckDef;
    if (def.check === 'max_size') return [def.maximum as number];
    return def.check === 'size_equals' ? [def.size as number] : [];
  });
  return caps.length === 0 ? undefined : Math.min(...caps);
}

/** What a type refuses besides its checks. */
export function baseRefusals(schema: $ZodType, kind: string, x: string): readonly string[] {
  const { type } = schema._zod.def;
  if (kind === 'num') return type === 'nan' ? [`${x} === ${x}`] : [`${x} - ${x} !== 0`];
  return kind === 'date' && type === 'date' ? [`Number.isNaN(${x}.getTime())`] : [];
}

/** Whether a schema asks for a class and nothing else: what is read or written is checked by that. */
export function isOnlyClass(schema: $ZodType): boolean {
  const hasLimit = attachmentSchemaOf(schema)?.maxBytes !== undefined;
  return schema._zod.def.type === 'custom' && checksOf(schema).length === 1 && !hasLimit;
}

interface CheckDef {
  readonly check: string;
  readonly format?: string;
  readonly value?: number | bigint | Date;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly length?: number;
  readonly size?: number;
  readonly includes?: string;
  readonly position?: number;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly pattern?: unknown;
  readonly fn?: unknown;
}

function refusal(def: CheckDef, x: string, i: number, words: CheckWords): readonly string[] | undefined {
  const { minimum = 0, maximum = 0, length = 0, size = 0 } = def;
  // No comparison with it holds, whichever way it is put.
  if (Number.isNaN(minimum + maximum + length + size)) return undefined;
  switch (def.check) {
    case 'less_than':
      return bound(def, x, def.inclusive === true ? '<=' : '<');
    case 'greater_than':
      return bound(def, x, def.inclusive === true ? '>=' : '>');
    case 'number_format': {
      const format = def.format ?? 'float64';
      const range = RANGES[format];
      if (range === undefined) return undefined;
      const [least, most] = range;
      if (format === 'safeint') return [`!Number.isSafeInteger(${x})`];
      const inRange = `${x} < ${least} || ${x} > ${most}`;
      if (format === 'float64') return [];
      return format === 'float32' ? [inRange] : [`!Number.isInteger(${x})`, inRange];
    }
    case 'bigint_format': {
      const range = BIGINT_RANGES[def.format ?? ''];
      return range === undefined ? undefined : [`${x} < ${range[0]} || ${x} > ${range[1]}`];
    }
    case 'min_length':
      return lengthAtLeast(x, def.minimum as number, words);
    case 'max_length':
      return [`${x}.length > ${def.maximum} && ${longer(x, words)} > ${def.maximum}`];
    case 'length_equals':
      return [
        `${x}.length < ${def.length} || ${x}.length > ${2 * (def.length as number)} || ${longer(x, words)} !== ${def.length}`,
      ];
    case 'min_size':
      return [`${x}.size < ${def.minimum}`];
    case 'max_size':
      return [`${x}.size > ${def.maximum}`];
    case 'size_equals':
      return [`${x}.size !== ${def.size}`];
    case 'string_format':
      return format(def, x, i, words);
    default:
      return undefined;
  }
}

function bound(def: CheckDef, x: string, operator: string): readonly string[] | undefined {
  const { value } = def;
  if (typeof value === 'bigint') return [`!(${x} ${operator} ${value}n)`];
  const number = value instanceof Date ? value.getTime() : value;
  // A date's bound is compared with its time, which is what comparing dates does.
  return typeof number === 'number'
    ? [`!(${value instanceof Date ? `${x}.getTime()` : x} ${operator} ${numberText(number)})`]
    : undefined;
}

/** Lengths of texts are code points: one or two units each. */
function lengthAtLeast(x: string, minimum: number, words: CheckWords): readonly string[] {
  if (minimum <= 1) return [`${x}.length < ${minimum}`];
  return [`${x}.length < ${minimum} || (${x}.length < ${2 * minimum} && ${longer(x, words)} < ${minimum})`];
}

function longer(x: string, words: CheckWords): string {
  return `${words.use('lengthOf')}(${x})`;
}

function format(def: CheckDef, x: string, i: number, words: CheckWords): readonly string[] | undefined {
  switch (def.format) {
    case 'includes':
      return [
        `!${x}.includes(${JSON.stringify(def.includes)}${def.position === undefined ? '' : `, ${def.position}`})`,
      ];
    case 'starts_with':
      return [`!${x}.startsWith(${JSON.stringify(def.prefix)})`];
    case 'ends_with':
      return [`!${x}.endsWith(${JSON.stringify(def.suffix)})`];
    default:
      return PATTERNS.has(def.format ?? '') && def.pattern instanceof RegExp && def.fn === undefined
        ? [`!${words.use('matches')}(${words.pattern(i)}, ${x})`]
        : undefined;
  }
}

/** A number as source text. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
