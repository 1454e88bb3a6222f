import { reject } from './failure.js';
import { Tag } from './format.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Views of memory, by the number that they travel with. */
const VIEWS = [
  DataView,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;
/** Errors, by the number that they travel with. */
const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const;

/**
 * Writes a value of a class of the language that is not often sent.
 * @param writeAny for what is in it
 * @returns false when it is of no such class
 */
export function writeOther(w: Writer, value: object, writeAny: (w: Writer, value: unknown) => void): boolean {
  if (ArrayBuffer.isView(value)) {
    const view = VIEWS.findIndex((each) => value.constructor === each);
    if (view < 0) return false;
    w.byte(Tag.view);
    w.byte(view);
    w.blob(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (value instanceof ArrayBuffer) {
    w.byte(Tag.buffer);
    w.blob(new Uint8Array(value));
  } else if (value instanceof RegExp) {
    w.byte(Tag.regexp);
    w.str(value.source);
    w.str(value.flags);
  } else if (value instanceof Error) {
    const name = ERRORS.findIndex((each) => each.name === value.name);
    w.byte(Tag.error);
    w.byte(Math.max(name, 0));
    w.str(value.message);
    writeAny(w, value.cause);
  } else {
    return false;
  }
  return true;
}

/** Reads what {@link writeOther} wrote. */
export function readOther(r: Reader, tag: number, readAny: (r: Reader) => unknown): unknown {
  switch (tag) {
    case Tag.view: {
      const view = (VIEWS[r.byte()] ?? reject()) as new (buffer: ArrayBufferLike) => ArrayBufferView;
      // The constructor refuses what is no whole number of items.
      return new view(r.blob().buffer);
    }
    case Tag.buffer:
      return r.blob().buffer;
    case Tag.regexp: {
      const source = r.str();
      return new RegExp(source, r.str());
    }
    case Tag.error: {
      const error = ERRORS[r.byte()] ?? reject();
      const message = r.str();
      const cause = readAny(r);
      return cause === undefined ? new error(message) : new error(message, { cause });
    }
    default:
      return reject();
  }
}
