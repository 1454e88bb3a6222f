import type { $ZodCheck, $ZodType, ParsePayload } from 'zod/v4/core';
import { serviceOf } from '../../contract/service-of.js';
import type { AnyService } from '../../contract/types.js';
import { reject } from './failure.js';

/** A step from a schema into one that it is made of: a property of its definition, then keys of that. */
export type Step = string | number;

/**
 * What clients of a service serve, as the service that {@link schemaAt} looks into.
 * @throws TypeError when they serve nothing.
 */
export function callbacksOf(service: AnyService): AnyService {
  const { name, callbacks } = serviceOf(service);
  if (callbacks === undefined) {
    throw new TypeError(`${name} has no callbacks: the contract has changed; run \`doorcall gen\` again`);
  }
  return callbacks;
}

/**
 * The schema at the end of a path, e.g. `['shape', 'items', 'element']`. Each step is a property of the definition,
 * or, after `shape`, `options` or `items`, a key of that. `lazy` follows a getter.
 * @param side `input`, `output`, or the reason of a declared error
 */
export function schemaAt(
  service: AnyService,
  method: string,
  side: string,
  steps: readonly Step[],
): $ZodType {
  const definition = serviceOf(service).methods.find(({ name }) => name === method);
  const root =
    side === 'input'
      ? definition?.input
      : side === 'output'
        ? definition?.output
        : definition?.errors?.[side]?.data;
  let current: unknown = root;
  let inside: unknown;
  for (const step of steps) {
    if (inside !== undefined) {
      current = (inside as Record<Step, unknown>)[step];
      inside = undefined;
      continue;
    }
    const { def, innerType } = (current as { _zod: { def: Record<Step, unknown>; innerType?: unknown } })
      ._zod;
    if (step === 'shape' || step === 'options' || step === 'items') inside = def[step];
    else current = step === 'lazy' ? innerType : def[step];
  }
  if ((current as Partial<$ZodType> | undefined)?._zod === undefined) {
    throw new TypeError(`${method}.${side}: the contract has changed; run \`doorcall gen\` again`);
  }
  return current as $ZodType;
}

/** The checks of a schema, in the order in which zod runs them. */
export function checksOf(schema: $ZodType): readonly $ZodCheck[] {
  const own = schema._zod.traits.has('$ZodCheck') ? [schema as unknown as $ZodCheck] : [];
  return [...own, ...((schema._zod.def.checks as readonly $ZodCheck[] | undefined) ?? [])];
}

/** The pattern of a schema's check. */
export function patternAt(schema: $ZodType, check: number): RegExp {
  return (checksOf(schema)[check] as unknown as { _zod: { def: { pattern: RegExp } } })._zod.def.pattern;
}

/** Runs checks on a value that is otherwise valid. @returns the value as they leave it */
export function checked<Value>(checks: readonly $ZodCheck[], value: Value): Value {
  const payload: ParsePayload = { value, issues: [] };
  for (const check of checks) {
    const { when } = check._zod.def;
    if (when !== undefined && !when(payload)) continue;
    const later: unknown = check._zod.check(payload as ParsePayload<never>);
    if (later instanceof Promise) abandon(later);
    if (payload.issues.length > 0) reject();
  }
  return payload.value as Value;
}

const SYNC = { async: false } as const;

/** Has zod judge a value at its node. */
export function judged(schema: $ZodType, value: unknown): unknown {
  const payload = schema._zod.run({ value, issues: [] }, SYNC);
  if (payload instanceof Promise) abandon(payload);
  if (payload.issues.length > 0) reject();
  return payload.value;
}

/** What a schema makes of undefined that has a default. */
export function defaultOf(schema: $ZodType): unknown {
  return (schema._zod.def as unknown as { defaultValue: unknown }).defaultValue;
}

/** The same for an absent key, whose value is not worth an issue; undefined then. */
export function judgedAbsent(schema: $ZodType): unknown {
  const payload = schema._zod.run({ value: undefined, issues: [] }, SYNC);
  if (payload instanceof Promise) abandon(payload);
  return payload.issues.length > 0 ? undefined : payload.value;
}

/** Only the whole message can be judged asynchronously. */
function abandon(promise: Promise<unknown>): never {
  promise.catch(() => {});
  return reject();
}

/** The length as zod counts it: code points of a text, items of an array. */
export function lengthOf(text: string | readonly unknown[]): number {
  if (typeof text !== 'string') return text.length;
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count--;
      i++;
    }
  }
  return count;
}

/** Whether a pattern matches, whatever it matched before. */
export function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}
