import { bail, reject } from './failure.js';
import { Tag } from './format.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes a value of unknown type. What travels in no other way than MessagePack's, or not at all, gives up. */
export function writeAny(w: Writer, value: unknown): void {
  switch (typeof value) {
    case 'undefined':
      w.byte(Tag.undefined);
      return;
    case 'boolean':
      w.byte(value ? Tag.true : Tag.false);
      return;
    case 'number':
      w.byte(Tag.number);
      w.num(value);
      return;
    case 'string':
      w.byte(Tag.text);
      w.str(value);
      return;
    case 'bigint':
      w.byte(Tag.bigint);
      w.bigint(value);
      return;
    case 'object':
      if (value === null) w.byte(Tag.null);
      else writeObject(w, value);
      return;
    default:
      bail();
  }
}

function writeObject(w: Writer, value: object): void {
  if (Array.isArray(value)) {
    w.byte(Tag.array);
    w.count(value.length);
    for (let i = 0; i < value.length; i++) writeAny(w, value[i]);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null || isOrdinary(prototype, value)) {
    const keys = Object.keys(value);
    w.byte(Tag.object);
    w.count(keys.length);
    for (const key of keys) {
      w.str(key);
      writeAny(w, (value as Record<string, unknown>)[key]);
    }
  } else if (prototype === Date.prototype) {
    w.byte(Tag.date);
    w.date(value);
  } else if (prototype === Uint8Array.prototype || prototype === Buffer.prototype) {
    w.byte(Tag.bytes);
    w.blob(value);
  } else if (prototype === Map.prototype) {
    const map = value as Map<unknown, unknown>;
    w.byte(Tag.map);
    w.count(map.size);
    for (const [key, each] of map) {
      writeAny(w, key);
      writeAny(w, each);
    }
  } else if (prototype === Set.prototype) {
    const set = value as Set<unknown>;
    w.byte(Tag.set);
    w.count(set.size);
    for (const each of set) writeAny(w, each);
  } else {
    bail();
  }
}

const LANGUAGE: ReadonlySet<unknown> = new Set([
  Date.prototype,
  Uint8Array.prototype,
  Buffer.prototype,
  Map.prototype,
  Set.prototype,
]);

/** An instance of somebody's own class: it travels as its properties. */
function isOrdinary(prototype: unknown, value: object): boolean {
  return !LANGUAGE.has(prototype) && Object.prototype.toString.call(value) === '[object Object]';
}

/** Reads what {@link writeAny} wrote. */
export function readAny(r: Reader): unknown {
  switch (r.byte()) {
    case Tag.undefined:
      return undefined;
    case Tag.null:
      return null;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.number:
      return r.num();
    case Tag.text:
      return r.str();
    case Tag.bigint:
      return r.bigint();
    case Tag.date:
      return r.date();
    case Tag.bytes:
      return r.blob();
    case Tag.array: {
      const array: unknown[] = [];
      for (let left = r.size(); left > 0; left--) array.push(readAny(r));
      return array;
    }
    case Tag.object: {
      const object: Record<string, unknown> = {};
      for (let left = r.size(); left > 0; left--) {
        const key = r.str();
        setOwn(object, key, readAny(r));
      }
      return object;
    }
    case Tag.map: {
      const map = new Map<unknown, unknown>();
      for (let left = r.size(); left > 0; left--) {
        const key = readAny(r);
        map.set(key, readAny(r));
      }
      return map;
    }
    case Tag.set: {
      const set = new Set<unknown>();
      for (let left = r.size(); left > 0; left--) set.add(readAny(r));
      return set;
    }
    default:
      return reject();
  }
}

/** Makes an own property, also of the name that would set the prototype. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
  } else {
    object[key] = value;
  }
}
