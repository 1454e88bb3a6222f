import type { $ZodRecord, $ZodType, $ZodTypes } from 'zod/v4/core';
import type { Direction, Field, Node } from './node.js';

/** What an absent key of an object means. */
export function whenAbsent(schema: $ZodType, node: Node, direction: Direction): Field['absent'] {
  const { optin, optout } = schema._zod;
  if (direction === 'output') return optout === 'optional' || node.undefinedOk ? 'left-out' : 'refused';
  if (optin === undefined) return 'refused';
  const optionalOut = optout === 'optional';
  if (optin === 'defaulted') return optionalOut ? 'tried' : 'substituted';
  return optionalOut ? 'left-out' : 'substituted-unless-undefined';
}

/** The keys that a record has: any, or exactly these; undefined when only zod can tell. */
export function keysOf(schema: $ZodRecord): 'any' | readonly string[] | undefined {
  const { keyType, valueType, ...def } = schema._zod.def;
  const { mode, partial } = def as { mode?: string; partial?: boolean };
  const key = keyType as $ZodTypes;
  const anyKey =
    key._zod.def.type === 'string' &&
    !('coerce' in key._zod.def && key._zod.def.coerce === true) &&
    !key._zod.traits.has('$ZodCheck') &&
    (key._zod.def.checks?.length ?? 0) === 0;
  if (anyKey) return 'any';
  const names = key._zod.values;
  const enumerable =
    names !== undefined && [...names].every((name) => typeof name === 'string' && name !== '__proto__');
  const all = enumerable && partial !== true && mode !== 'loose' && key._zod.def.type === 'enum';
  return all && valueType._zod.optin === undefined ? ([...names] as string[]) : undefined;
}
