import { ofClass } from './same.js';

/**
 * What is out of the law of parity, and this is the whole list. doorcall promises data, so a value that is more than
 * data becomes data on its way, with or without generated code:
 *
 * - An object of one's own class, or without a prototype, becomes a plain object of its own enumerable properties.
 *   Symbols, getters and hidden or inherited properties do not travel as such. (Generated code looks at the keys that
 *   a schema names as zod does, inherited ones included.)
 * - A hole in an array becomes undefined, and what an array has beside its items is lost.
 * - A Buffer becomes a Uint8Array.
 * - -0 may become 0.
 * - Objects are not frozen any more, and what was one object in two places is two.
 *
 * Functions, symbols, circular references, and objects of built-in classes other than Date, RegExp, Map, Set, and
 * arrays of bytes or numbers are refused, unless the schema does not look at them.
 */

/** Thrown for what cannot travel. */
class CannotTravel extends TypeError {}

interface Manner {
  /** Objects become plain ones. */
  readonly plain: boolean;
  /** -0 becomes 0. */
  readonly minusZeroLost: boolean;
}

/** The ways in which values travel: as MessagePack, as values that describe themselves, as a schema reads them. */
const MANNERS: readonly Manner[] = [
  { plain: true, minusZeroLost: true },
  { plain: true, minusZeroLost: false },
  { plain: false, minusZeroLost: false },
];

/** The values that a value may lawfully arrive as beside itself; none when it cannot travel. */
export function arrivals(fresh: () => unknown): readonly unknown[] {
  return MANNERS.flatMap((manner) => arrivingOrNot(fresh(), manner) ?? []);
}

/** Whether a value travels by MessagePack, if perhaps as data only. */
export function canTravel(value: unknown): boolean {
  return arrivingOrNot(value, MANNERS[0] as Manner) !== undefined;
}

function arrivingOrNot(value: unknown, manner: Manner): readonly [unknown] | undefined {
  try {
    return [arriving(value, manner)];
  } catch (error) {
    if (error instanceof CannotTravel) return undefined;
    throw error;
  }
}

/** @throws CannotTravel */
function arriving(value: unknown, manner: Manner): unknown {
  const above = new Set<object>();
  const below = (each: unknown): unknown => {
    if (typeof each === 'function' || typeof each === 'symbol') throw new CannotTravel(typeof each);
    if (Object.is(each, -0)) return manner.minusZeroLost ? 0 : -0;
    if (typeof each !== 'object' || each === null) return each;
    if (above.has(each)) throw new CannotTravel('circular');
    above.add(each);
    const arrived = arrivingObject(each, below, manner);
    above.delete(each);
    return arrived;
  };
  return below(value);
}

type Below = (value: unknown) => unknown;

function arrivingObject(value: object, below: Below, { plain }: Manner): unknown {
  if (Array.isArray(value)) return Array.from(value, (item) => below(item));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [below(key), below(item)]));
  if (value instanceof Set) return new Set([...value].map(below));
  if (value instanceof Date) return new Date(value);
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') throw new CannotTravel(tag);
  return plain ? plainObject(value, below) : sameObject(value, below);
}

function plainObject(value: object, below: Below): object {
  const made = {};
  for (const key of Object.keys(value)) {
    const item = below((value as Readonly<Record<string, unknown>>)[key]);
    Object.defineProperty(made, key, { value: item, configurable: true, enumerable: true, writable: true });
  }
  return made;
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
