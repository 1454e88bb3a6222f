import type { Entropy } from './entropy.js';
import { anything, define, oddBigint, oddBytes, oddKey, oddNumber, Point } from './odd.js';
import { oddText } from './texts.js';

/** The value with one thing changed, at its top or somewhere inside. The value itself may be changed in place. */
export function mutate(value: unknown, entropy: Entropy): unknown {
  if (entropy.once(8)) return anything(entropy, 2);
  switch (typeof value) {
    case 'string':
      return entropy.pick([`${value}x`, oddText(entropy), value.toUpperCase(), ` ${value}`, value.slice(1)]);
    case 'number':
      return entropy.pick<unknown>([
        value + 1,
        oddNumber(entropy),
        -value,
        value / 2,
        String(value),
        value * 2 ** 32,
      ]);
    case 'bigint':
      return entropy.pick<unknown>([
        value + 1n,
        oddBigint(entropy),
        -value,
        Number(value),
        value * 2n ** 64n,
      ]);
    case 'boolean':
      return entropy.pick<unknown>([!value, String(value), Number(value)]);
    case 'object':
      return value === null ? anything(entropy, 2) : mutateObject(value, entropy);
    default:
      return anything(entropy, 2);
  }
}

function mutateObject(value: object, entropy: Entropy): unknown {
  if (Array.isArray(value)) return mutateArray(value, entropy);
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]): [unknown, unknown] =>
      entropy.once(2) ? [mutate(key, entropy), item] : [key, mutate(item, entropy)],
    );
    if (entropy.once(3)) entries.push([anything(entropy, 2), anything(entropy, 2)]);
    return entropy.once(6) ? entries : new Map(entropy.once(4) ? entries.reverse() : entries);
  }
  if (value instanceof Set) {
    const items = mutateArray([...value], entropy);
    return entropy.once(6) ? items : new Set(items);
  }
  if (value instanceof Date)
    return new Date(entropy.pick([value.getTime() + 1, Number.NaN, -value.getTime()]));
  if (value instanceof Uint8Array) {
    return entropy.pick<unknown>([
      Buffer.from(value),
      oddBytes(entropy),
      Uint8Array.from(value).buffer,
      [...value.slice(0, 9)],
    ]);
  }
  // What else there is has no keys of interest: a view of other numbers, a regular expression.
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Object]' && !Object.isFrozen(value)
    ? mutateKeys(value, entropy)
    : anything(entropy, 2);
}

function mutateArray(value: unknown[], entropy: Entropy): unknown[] {
  const at = entropy.int(Math.max(value.length, 1));
  switch (entropy.int(7)) {
    case 0:
      if (value.length > 0) value[at] = mutate(value[at], entropy);
      return value;
    case 1:
      value.splice(at, 1);
      return value;
    case 2:
      value.push(value.length > 0 ? value[at] : anything(entropy, 2));
      return value;
    case 3:
      delete value[at];
      return value;
    case 4:
      value.length += 1;
      return value;
    case 5:
      return Object.assign(value, { extra: 1 });
    default:
      return value.reverse();
  }
}

function mutateKeys(value: object, entropy: Entropy): object {
  const keys = Object.keys(value);
  if (keys.length === 0) {
    if (entropy.once(2)) define(value, oddKey(entropy), anything(entropy, 2));
    return value;
  }
  const key = entropy.pick(keys);
  const at = value as Record<string, unknown>;
  switch (entropy.int(12)) {
    case 0:
    case 1:
    case 2:
      define(value, key, mutate(at[key], entropy));
      return value;
    case 3:
      delete at[key];
      return value;
    case 4:
      define(value, key, undefined);
      return value;
    case 5:
      define(value, oddKey(entropy), anything(entropy, 2));
      return value;
    case 6:
      return fromEntries({}, Object.entries(value).reverse());
    default:
      return entropy.firstStrange() ? strangeObject(value, key, entropy) : value;
  }
}

/** An object with the same properties that is not plain data. */
function strangeObject(value: object, key: string, entropy: Entropy): object {
  switch (entropy.int(5)) {
    case 0:
      return fromEntries(Object.create(null) as object, Object.entries(value));
    case 1:
      return fromEntries(new Point(), Object.entries(value));
    case 2:
      return Object.create(value) as object;
    case 3: {
      const hidden: unknown = Reflect.get(value, key);
      return entropy.once(2)
        ? Object.defineProperty(value, key, { get: () => hidden, enumerable: true, configurable: true })
        : Object.defineProperty(value, key, { enumerable: false });
    }
    default:
      define(value, Symbol.for('parity'), 1);
      return value;
  }
}

function fromEntries(object: object, entries: readonly (readonly [string, unknown])[]): object {
  for (const [key, item] of entries) define(object, key, item);
  return object;
}
