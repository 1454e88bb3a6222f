import { bail, reject } from './failure.js';
import type { Reader } from './reader.js';

/** What zod's objects take: anything with properties that is no array. */
export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) bail();
  return value as Record<string, unknown>;
}

/** An object that is nothing but its own properties with names. */
export function plainRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) bail();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) bail();
  if (Object.getOwnPropertySymbols(value).length > 0) bail();
  return value as Record<string, unknown>;
}

/**
 * Gives up on objects that could travel as what they are: zod takes a Date for an object with keys, too, but where it
 * refuses all options of a union it says what it was given.
 */
export function noBuiltIn(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return;
  const builtIn =
    value instanceof Date ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof RegExp ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value);
  if (builtIn) bail();
}

/** Gives up when an object has other keys than these. */
export function only(object: object, names: ReadonlySet<string>): void {
  for (const key in object) if (!names.has(key)) bail();
}

/** The keys of an object besides these. */
export function othersOf(object: object, names: ReadonlySet<string>): readonly string[] {
  const others: string[] = [];
  for (const key in object) {
    if (names.has(key)) continue;
    // Setting it would not make a property.
    if (key === '__proto__') bail();
    others.push(key);
  }
  return others;
}

/** A key besides these, as {@link othersOf} found it. */
export function otherKey(r: Reader, names: ReadonlySet<string>): string {
  const key = r.str();
  if (key === '__proto__' || names.has(key)) reject();
  return key;
}

/** The index of a literal. */
export function indexOf(indexes: ReadonlyMap<unknown, number>, value: unknown): number {
  const index = indexes.get(value);
  // A Map takes both zeros for the same.
  if (index === undefined || Object.is(value, -0)) bail();
  return index;
}

/** The literal whose index comes next. */
export function literalAt<Value>(r: Reader, values: readonly Value[]): Value {
  const index = r.count();
  if (index >= values.length) reject();
  return values[index] as Value;
}

/** What stands for an item that takes no bytes: nothing may be free of charge. */
export function pad(r: Reader): void {
  if (r.byte() !== 0) reject();
}
