/** What deep equality looks at. */
export interface Sameness {
  /** Whether it matters that an object is frozen. */
  readonly frozen: boolean;
}

/**
 * The first place in which two values differ, as a sentence; undefined when they are the same: primitives by
 * Object.is, objects by prototype, kind, keys in their order (symbols and hidden ones included), and content.
 */
export function difference(
  expected: unknown,
  actual: unknown,
  sameness: Sameness = { frozen: true },
  path = 'value',
): string | undefined {
  if (Object.is(expected, actual)) return undefined;
  if (!isObject(expected) || !isObject(actual)) {
    return `${path}: ${brief(expected)} expected, ${brief(actual)} found`;
  }
  const prototypes = prototypeDifference(expected, actual, sameness, path);
  if (prototypes !== undefined) return prototypes;
  if (sameness.frozen && Object.isFrozen(expected) !== Object.isFrozen(actual)) {
    return `${path}: ${Object.isFrozen(expected) ? 'frozen' : 'not frozen'} expected`;
  }
  return (
    contentDifference(expected, actual, sameness, path) ?? keyDifference(expected, actual, sameness, path)
  );
}

/** Prototypes are the same object, or objects made for the occasion that are alike. */
function prototypeDifference(
  expected: object,
  actual: object,
  sameness: Sameness,
  path: string,
): string | undefined {
  const one: unknown = Object.getPrototypeOf(expected);
  const other: unknown = Object.getPrototypeOf(actual);
  if (one === other) return undefined;
  const alike = isObject(one) && isObject(other) && !ofClass(one) && !ofClass(other);
  return alike ? difference(one, other, sameness, `${path} (prototype)`) : `${path}: another prototype`;
}

/** Whether an object is the prototype of a class's instances. */
export function ofClass(prototype: object): boolean {
  const made: unknown = prototype.constructor;
  return typeof made === 'function' && made.prototype === prototype;
}

function contentDifference(
  expected: object,
  actual: object,
  sameness: Sameness,
  path: string,
): string | undefined {
  if (expected instanceof Date) {
    return difference(expected.getTime(), (actual as Date).getTime(), sameness, `${path} (time)`);
  }
  if (expected instanceof RegExp)
    return difference(patternOf(expected), patternOf(actual as RegExp), sameness, path);
  if (expected instanceof Map) {
    return difference([...expected], [...(actual as Map<unknown, unknown>)], sameness, `${path} (entries)`);
  }
  if (expected instanceof Set) {
    return difference([...expected], [...(actual as Set<unknown>)], sameness, `${path} (items)`);
  }
  if (ArrayBuffer.isView(expected) || expected instanceof ArrayBuffer) {
    return difference(
      hex(expected),
      hex(actual as ArrayBufferView | ArrayBuffer),
      sameness,
      `${path} (bytes)`,
    );
  }
  return undefined;
}

function keyDifference(
  expected: object,
  actual: object,
  sameness: Sameness,
  path: string,
): string | undefined {
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
    const different = difference(Reflect.get(expected, key), Reflect.get(actual, key), sameness, below);
    if (different !== undefined) return different;
  }
  return undefined;
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
