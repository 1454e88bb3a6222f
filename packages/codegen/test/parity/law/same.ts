/** What deep equality looks at. */
export interface Sameness {
  /** Whether it matters that an object is frozen. Default: yes. */
  readonly frozen?: boolean;
  /** Whether a plain object will do for one of a class, or without prototype, that has the same keys. Default: no. */
  readonly plainWillDo?: boolean;
}

/**
 * The first place in which two values differ, as a sentence; undefined when they are the same: primitives by
 * Object.is, objects by prototype, kind, keys in their order (symbols and hidden ones included), and content.
 */
export function difference(
  expected: unknown,
  actual: unknown,
  sameness: Sameness = {},
  name = 'value',
): string | undefined {
  return new Comparison(sameness).compare(expected, actual, name);
}

class Comparison {
  /** The objects that are being looked into, for some are circular. */
  readonly #above = new Set<object>();

  constructor(private readonly sameness: Sameness) {}

  compare(expected: unknown, actual: unknown, path: string): string | undefined {
    if (Object.is(expected, actual)) return undefined;
    if (!isObject(expected) || !isObject(actual)) {
      return `${path}: ${brief(expected)} expected, ${brief(actual)} found`;
    }
    if (this.#above.has(expected)) return undefined;
    this.#above.add(expected);
    const different = this.#objects(expected, actual, path);
    this.#above.delete(expected);
    return different;
  }

  #objects(expected: object, actual: object, path: string): string | undefined {
    if (this.sameness.plainWillDo === true && isOwn(expected) && isPlain(actual)) {
      return this.compare({ ...expected }, actual, path);
    }
    const prototypes = this.#prototypes(expected, actual, path);
    if (prototypes !== undefined) return prototypes;
    if (this.sameness.frozen !== false && Object.isFrozen(expected) !== Object.isFrozen(actual)) {
      return `${path}: ${Object.isFrozen(expected) ? 'frozen' : 'not frozen'} expected`;
    }
    return this.#content(expected, actual, path) ?? this.#keys(expected, actual, path);
  }

  /** Prototypes are the same object, or objects made for the occasion that are alike. */
  #prototypes(expected: object, actual: object, path: string): string | undefined {
    const one: unknown = Object.getPrototypeOf(expected);
    const other: unknown = Object.getPrototypeOf(actual);
    if (one === other) return undefined;
    const alike = isObject(one) && isObject(other) && !ofClass(one) && !ofClass(other);
    return alike ? this.compare(one, other, `${path} (prototype)`) : `${path}: another prototype`;
  }

  #content(expected: object, actual: object, path: string): string | undefined {
    if (expected instanceof Date) {
      return this.compare(expected.getTime(), (actual as Date).getTime(), `${path} (time)`);
    }
    if (expected instanceof RegExp)
      return this.compare(patternOf(expected), patternOf(actual as RegExp), path);
    if (expected instanceof Map) {
      return this.compare([...expected], [...(actual as Map<unknown, unknown>)], `${path} (entries)`);
    }
    if (expected instanceof Set) {
      return this.compare([...expected], [...(actual as Set<unknown>)], `${path} (items)`);
    }
    if (ArrayBuffer.isView(expected) || expected instanceof ArrayBuffer) {
      return this.compare(hex(expected), hex(actual as ArrayBufferView | ArrayBuffer), `${path} (bytes)`);
    }
    return undefined;
  }

  #keys(expected: object, actual: object, path: string): string | undefined {
    // The indexes of an array of bytes are its content, which was compared.
    if (ArrayBuffer.isView(expected)) return undefined;
    const keys = Reflect.ownKeys(expected);
    const found = Reflect.ownKeys(actual);
    if (keys.length !== found.length || keys.some((key, i) => key !== found[i])) {
      return `${path}: keys ${listed(keys)} expected, ${listed(found)} found`;
    }
    for (const key of keys) {
      const below = typeof key === 'symbol' ? `${path}[${String(key)}]` : `${path}[${JSON.stringify(key)}]`;
      const one = Object.getOwnPropertyDescriptor(expected, key) as PropertyDescriptor;
      const other = Object.getOwnPropertyDescriptor(actual, key) as PropertyDescriptor;
      if (one.enumerable !== other.enumerable) return `${below}: enumerable or not`;
      if ((one.get === undefined) !== (other.get === undefined)) return `${below}: a getter or not`;
      const different = this.compare(Reflect.get(expected, key), Reflect.get(actual, key), below);
      if (different !== undefined) return different;
    }
    return undefined;
  }
}

/** An object of one's own class, or without prototype. */
function isOwn(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && !isPlain(value);
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether an object is the prototype of a class's instances. */
export function ofClass(prototype: object): boolean {
  const made: unknown = prototype.constructor;
  return typeof made === 'function' && made.prototype === prototype;
}

function patternOf({ source, flags }: RegExp): string {
  return `/${source}/${flags}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function hex(bytes: ArrayBufferView | ArrayBuffer): string {
  const buffer =
    bytes instanceof ArrayBuffer
      ? Buffer.from(bytes)
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('hex');
}

function listed(keys: readonly PropertyKey[]): string {
  return `[${keys.map((key) => JSON.stringify(String(key))).join(', ')}]`;
}

function brief(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  return isObject(value) ? Object.prototype.toString.call(value) : String(value);
}
