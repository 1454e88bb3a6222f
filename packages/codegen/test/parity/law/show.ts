/** A value as JavaScript that makes it again, for reports: `{ a: new Map([[-0, undefined]]) }`. */
export function show(value: unknown): string {
  return shown(value, new Set());
}

function shown(value: unknown, above: Set<object>): string {
  switch (typeof value) {
    case 'string':
      return shownText(value);
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'symbol':
      return `Symbol(${JSON.stringify(value.description ?? '')})`;
    case 'function':
      return `(${value})`;
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value === null) return 'null';
  if (above.has(value)) return '/* circular */';
  above.add(value);
  const text = shownObject(value, (each) => shown(each, above));
  above.delete(value);
  return text;
}

function shownText(text: string): string {
  const pattern = /^([\s\S])\1{39,}$/.exec(text);
  if (pattern !== null) return `${JSON.stringify(pattern[1])}.repeat(${text.length})`;
  return JSON.stringify(text);
}

function shownObject(value: object, below: (value: unknown) => string): string {
  if (Array.isArray(value)) return shownArray(value, below);
  if (value instanceof Map) {
    return `new Map([${[...value].map(([key, item]) => `[${below(key)}, ${below(item)}]`).join(', ')}])`;
  }
  if (value instanceof Set) return `new Set([${[...value].map(below).join(', ')}])`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof RegExp) return String(value);
  if (Buffer.isBuffer(value)) return `Buffer.from([${[...value].join(', ')}])`;
  if (ArrayBuffer.isView(value)) {
    return `new ${value.constructor.name}([${[...(value as Uint8Array)].map(below).join(', ')}])`;
  }
  if (value instanceof ArrayBuffer) return `Uint8Array.of(${[...new Uint8Array(value)].join(', ')}).buffer`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const body = shownKeys(value, below);
  if (prototype === Object.prototype) return body;
  if (prototype === null) return `Object.assign(Object.create(null), ${body})`;
  const name = (prototype as { constructor?: { name?: string } }).constructor?.name ?? '';
  if (name === 'Object') return `Object.assign(Object.create(${below(prototype)}), ${body})`;
  return `Object.assign(new ${name}(), ${body})`;
}

function shownArray(value: readonly unknown[], below: (value: unknown) => string): string {
  const items = Array.from(value, (item, i) => (i in value ? below(item) : ''));
  const hole = value.length > 0 && !(value.length - 1 in value) ? ',' : '';
  const more = Object.keys(value).filter((key) => !/^\d+$/.test(key));
  const text = `[${items.join(', ')}${hole}]`;
  return more.length === 0 ? text : `Object.assign(${text}, { ${more.join(': 1, ')}: 1 })`;
}

function shownKeys(value: object, below: (value: unknown) => string): string {
  const parts = Reflect.ownKeys(value).map((key) => {
    const { get, enumerable } = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    const name = typeof key === 'symbol' ? `[Symbol.for(${JSON.stringify(key.description)})]` : shownKey(key);
    const item = below(Reflect.get(value, key));
    const hidden = enumerable === true ? '' : '/* not enumerable */ ';
    return get === undefined ? `${hidden}${name}: ${item}` : `${hidden}get ${name}() { return ${item}; }`;
  });
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function shownKey(key: string): string {
  if (key === '__proto__') return `['__proto__']`;
  return /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key);
}
