import { attachmentKindOf } from '../../contract/attachments.js';
import { bail } from './failure.js';
import { Tag } from './format.js';
import { readOther, writeOther } from './other-classes.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes a value of unknown type; what cannot travel (functions, promises, cycles …) gives up. */
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
    const { length } = value;
    for (let i = 0; i < length; i++) writeAny(w, value[i]);
    // A getter within may have changed it.
    if (value.length !== length) bail();
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    writeProperties(w, value);
  } else if (value instanceof Date) {
    w.byte(Tag.date);
    w.date(value);
  } else if (value instanceof Map) {
    w.byte(Tag.map);
    const { size } = value;
    w.count(size);
    let written = 0;
    for (const [key, each] of value as Map<unknown, unknown>) {
      writeAny(w, w.key(key));
      writeAny(w, each);
      written += 1;
    }
    if (written !== size) bail();
  } else if (value instanceof Set) {
    w.byte(Tag.set);
    const { size } = value;
    w.count(size);
    let written = 0;
    for (const each of value as Set<unknown>) {
      writeAny(w, w.key(each));
      written += 1;
    }
    if (written !== size) bail();
  } else if (value instanceof Uint8Array) {
    w.byte(Tag.bytes);
    w.blob(value);
  } else if (!writeOther(w, value, writeAny)) {
    // An instance of somebody's own class travels as its properties; one of the language's other classes cannot.
    if (Object.prototype.toString.call(value) !== '[object Object]') bail();
    // Where the contract has attachments they do not come here.
    if (attachmentKindOf(value) !== undefined) bail();
    writeProperties(w, value);
  }
}

function writeProperties(w: Writer, value: object): void {
  const keys = Object.keys(value);
  w.byte(Tag.object);
  w.count(keys.length);
  for (const key of keys) {
    w.str(key);
    writeAny(w, (value as Record<string, unknown>)[key]);
  }
}

/** Reads what {@link writeAny} wrote. */
export function readAny(r: Reader): unknown {
  const tag = r.byte();
  switch (tag) {
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
        const key = r.key(readAny(r));
        map.set(key, readAny(r));
      }
      return map;
    }
    case Tag.set: {
      const set = new Set<unknown>();
      for (let left = r.size(); left > 0; left--) set.add(r.key(readAny(r)));
      return set;
    }
    default:
      return readOther(r, tag, readAny);
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
