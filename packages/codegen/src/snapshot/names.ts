/** A name as it stands in a snapshot: bare when it is an identifier, else as a JSON string. */
export function nameText(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}

/** What the servers of a service serve, and what its clients do. */
export type MethodWord = 'method' | 'callback';

/** The path of a method: `place`, `callbacks.confirm`. */
export function methodPath(word: MethodWord, name: string): string {
  return keyPath(word === 'callback' ? 'callbacks' : '', name).replace(/^\./, '');
}

/** The path of a key of an object below another path. */
export function keyPath(path: string, name: string): string {
  const text = nameText(name);
  return text === name ? `${path}.${text}` : `${path}[${text}]`;
}

/**
 * What a reference adds to its node's path, by the node's kind and the reference's number; not for objects. Writer
 * and reader name places by it.
 */
export function stepOf(kind: string, index: number): string {
  switch (kind) {
    case 'array':
    case 'set':
      return '[]';
    case 'record':
    case 'map':
      return index === 0 ? '.<key>' : '.<value>';
    case 'optional':
    case 'nullable':
      return '?';
    default:
      return `[${index}]`;
  }
}

/** Path of the values of an object's further keys. */
export const FURTHER_KEYS = '.*';

/** Kinds whose whole text is their name, apart from checks. */
export const LEAVES = [
  'string',
  'number',
  'bigint',
  'boolean',
  'null',
  'undefined',
  'nan',
  'date',
  'bytes',
  'blob',
  'fd',
  'unknown',
  'never',
] as const;

/** The first words of a snapshot, without the number of its format. */
export const TITLE = 'doorcall contract, format';

/** Raised when older readers would misread what is written. */
export const FORMAT = 1;
