/**
 * How generated code gives up. Both are singletons: they carry no stack, because nobody looks at it, and making one
 * would cost more than all the rest.
 */

/** The value is not of the structure that the schema describes: it travels as MessagePack instead. */
export const BAIL: unique symbol = Symbol('bail');
/** The bytes are damaged, or the value is not valid: the schema library decides, and words the issues. */
export const REJECT: unique symbol = Symbol('reject');

/** Gives up writing. */
export function bail(): never {
  throw BAIL;
}

/** Gives up reading. */
export function reject(): never {
  throw REJECT;
}
