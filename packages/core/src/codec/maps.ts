import type { ServiceDescriptor } from '../contract/descriptor.js';
import { NEVER_USED } from './msgpackr.js';
import { refuseOddView } from './travels.js';

/**
 * MessagePack has one map type, which stands for plain objects here. So a Map travels as an array of its keys and
 * values behind a marker that no other value can contain. Only methods whose contract allows a Map somewhere, or
 * anything at all, pay for the search.
 */

/** For each node of a descriptor: whether a Map may be in its values. */
export function mayHoldMaps({ shapes }: ServiceDescriptor): readonly boolean[] {
  const holds = shapes.map(({ kind }) => kind === 'map' || kind === 'unknown' || kind === 'custom');
  const openObjects = shapes.map(({ extra }) => extra === 'kept');
  for (let changed = true; changed; ) {
    changed = false;
    shapes.forEach((node, i) => {
      if (holds[i] === true) return;
      if (openObjects[i] === true || (node.refs ?? []).some((ref) => holds[ref])) holds[i] = changed = true;
    });
  }
  return holds;
}

/** The same value with each Map in it replaced: the value itself where there is none. Nothing is changed in place. */
export function replaceMaps(value: unknown): unknown {
  return isObject(value) ? replaceIn(value) : value;
}

function replaceIn(value: object): unknown {
  if (Array.isArray(value)) return replaceInArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return replaceInObject(value);
  if (value instanceof Map) {
    const marked: unknown[] = [NEVER_USED];
    for (const [key, item] of value) marked.push(replaceMaps(key), replaceMaps(item));
    return marked;
  }
  if (value instanceof Set) {
    const items = [...value];
    const replaced = replaceInArray(items);
    return replaced === items ? value : new Set(replaced);
  }
  if (ArrayBuffer.isView(value)) refuseOddView(value);
  // The encoder writes objects of one's own classes key by key, too.
  else if (Object.prototype.toString.call(value) === '[object Object]') return replaceInObject(value);
  return value;
}

function replaceInArray(items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (!isObject(item)) continue;
    const replaced = replaceIn(item);
    if (replaced === item) continue;
    copy ??= [...items];
    copy[i] = replaced;
  }
  return copy ?? items;
}

function replaceInObject(value: object): object {
  const object = value as Readonly<Record<string, unknown>>;
  let copy: Record<string, unknown> | undefined;
  for (const key in object) {
    const item = object[key];
    if (!isObject(item) || !Object.hasOwn(object, key)) continue;
    const replaced = replaceIn(item);
    if (replaced === item) continue;
    copy ??= { ...object };
    copy[key] = replaced;
  }
  return copy ?? object;
}

/**
 * Brings the Maps back, in place: the value was just decoded and belongs to nobody yet.
 * @throws TypeError when a marker stands where no encoder puts it.
 */
export function restoreMaps(value: unknown): unknown {
  return isObject(value) ? restoreIn(value) : value;
}

/** How many places of attachments {@link restoreMapsAround} has met. */
let places = 0;
/** Whether a marker may stand for an attachment. */
let placesAllowed = false;

/**
 * Brings the Maps back around places of attachments (codec/attachments.ts), which look like Maps of half an entry.
 * @returns the value, and how many places are in it
 */
export function restoreMapsAround(value: unknown): { readonly value: unknown; readonly places: number } {
  placesAllowed = true;
  places = 0;
  try {
    const restored = restoreMaps(value);
    return { value: restored, places };
  } finally {
    placesAllowed = false;
  }
}

function restoreIn(value: object): unknown {
  if (Array.isArray(value)) return value[0] === NEVER_USED ? restoreMap(value) : restoreInArray(value);
  if (Object.getPrototypeOf(value) === Object.prototype) {
    const object = value as Record<string, unknown>;
    // What was decoded has no inherited properties.
    for (const key in object) {
      const item = object[key];
      if (isObject(item)) object[key] = restoreIn(item);
    }
    return object;
  }
  if (value instanceof Set) return new Set(restoreInArray([...value]));
  if (value === NEVER_USED) throw new TypeError('misplaced marker');
  return value;
}

function restoreMap(marked: readonly unknown[]): unknown {
  if (placesAllowed && marked.length === 2) {
    places += 1;
    return marked;
  }
  if (marked.length % 2 === 0) throw new TypeError('misplaced marker');
  const map = new Map<unknown, unknown>();
  for (let i = 1; i < marked.length; i += 2) map.set(restoreMaps(marked[i]), restoreMaps(marked[i + 1]));
  return map;
}

function restoreInArray(items: unknown[]): unknown[] {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (isObject(item)) items[i] = restoreIn(item);
  }
  return items;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
