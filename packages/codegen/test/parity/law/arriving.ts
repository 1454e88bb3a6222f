/**
 * What is out of the law of parity, and this is the whole list. doorcall promises data, so a value that is more than
 * data becomes data on its way, with or without generated code:
 *
 * - An object of one's own class, or without a prototype, becomes a plain object of its own enumerable properties.
 *   Symbols, getters and hidden or inherited properties do not travel as such. (Generated code looks at the keys that
 *   a schema names as zod does, inherited ones included.)
 * - A hole in an array becomes undefined, and what an array has beside its items is lost.
 * - A Buffer becomes a Uint8Array.
 * - Objects are not frozen any more, and what was one object in two places is two.
 *
 * Functions, symbols, circular references, and objects of built-in classes other than Date, RegExp, Map, Set, and
 * arrays of bytes or numbers are refused, unless the schema does not look at them.
 */

import { ofClass } from './same.js';

/**
 * What an object arrives as: a plain one of its own enumerable properties, one of the same kind, or a plain one of all
 * that a schema could read.
 */
type Manner = 'plain' | 'same' | 'read';

/**
 * The values that a value may lawfully arrive as beside itself. What cannot travel is left in its place: where a
 * message was made nevertheless, the schema does not look there.
 */
export function arrivals(fresh: () => unknown): readonly unknown[] {
  const manners: readonly Manner[] = ['plain', 'same', 'read'];
  return manners.map((manner) => arriving(fresh(), manner, (stranger) => stranger));
}

/** Whether a value travels, if perhaps as data only. */
export function canTravel(value: unknown): boolean {
  let strangers = 0;
  arriving(value, 'plain', () => {
    strangers++;
  });
  return strangers === 0;
}

type Below = (value: unknown) => unknown;

/** @param stranger told what cannot travel; what it returns takes its place */
function arriving(value: unknown, manner: Manner, stranger: Below): unknown {
  const above = new Set<object>();
  const below = (each: unknown): unknown => {
    if (typeof each === 'function' || typeof each === 'symbol') return stranger(each);
    if (typeof each !== 'object' || each === null) return each;
    if (above.has(each)) return stranger(each);
    above.add(each);
    const arrived = arrivingObject(each, manner, below, stranger);
    above.delete(each);
    return arrived;
  };
  return below(value);
}

function arrivingObject(value: object, manner: Manner, below: Below, stranger: Below): unknown {
  if (Array.isArray(value)) return Array.from(value, (item) => below(item));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [below(key), below(item)]));
  if (value instanceof Set) return new Set([...value].map((item) => below(item)));
  if (value instanceof Date) return new Date(value);
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (Object.prototype.toString.call(value) !== '[object Object]') return stranger(value);
  if (manner === 'same') return sameObject(value, below);
  return plainObject(value, manner === 'read' ? readable(value) : Object.keys(value), below);
}

function plainObject(value: object, keys: readonly string[], below: Below): object {
  const made = {};
  for (const key of keys) {
    const item = below((value as Readonly<Record<string, unknown>>)[key]);
    Object.defineProperty(made, key, { value: item, configurable: true, enumerable: true, writable: true });
  }
  return made;
}

/** The names of all properties, hidden and inherited ones too, except those that all objects have. */
function readable(value: object): readonly string[] {
  const names = new Set<string>();
  for (
    let each: object | null = value;
    each !== null && each !== Object.prototype;
    each = Object.getPrototypeOf(each) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(each))
      if (each === value || name !== 'constructor') names.add(name);
  }
  return [...names];
}

/** An object of the same kind, with what it holds as it arrives. */
function sameObject(value: object, below: Below): object {
  const made = Object.create(prototypeOf(value, below)) as object;
  for (const key of Object.getOwnPropertyNames(value)) {
    const { enumerable = false } = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    const item = below((value as Readonly<Record<string, unknown>>)[key]);
    Object.defineProperty(made, key, { value: item, configurable: true, enumerable, writable: true });
  }
  return made;
}

function prototypeOf(value: object, below: Below): object {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return Object.prototype;
  return ofClass(prototype) ? prototype : sameObject(prototype, below);
}
