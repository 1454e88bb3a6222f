import { ATTACHMENT_NAMES, attachmentKindOf } from '../contract/attachments.js';
import { insteadOf } from '../contract/instead-of.js';
import { showPath } from '../errors/issue.js';
import type { Refused } from './attachments.js';

/**
 * What cannot travel: functions, symbols, circular references, promises and other objects whose state is not in
 * their properties. The encoder notices them while it encodes, which costs next to nothing; only then is the value
 * searched for the place, so that the error can name it.
 */

/** Thrown out of the encoder by {@link refuseExotic} and {@link refuseFunction}. */
class CannotTravel extends TypeError {}

/**
 * Refuses objects that would arrive as `{}`: those of built-in classes (Promise, WeakMap, URL, …), and attachments, which
 * were taken out before where the contract has any. Instances of one's own classes travel as plain objects of their own
 * properties.
 */
export function refuseExotic(object: object): void {
  if (attachmentKindOf(object) !== undefined) throw new CannotTravel('a misplaced attachment');
  const tag = Object.prototype.toString.call(object);
  if (tag !== '[object Object]') throw new CannotTravel(`${tag} cannot travel`);
}

/** Refuses views of memory that the encoder has no name for. */
export function refuseOddView(view: ArrayBufferView): void {
  if (isOdd(view)) throw new CannotTravel(`a ${view.constructor.name} cannot travel`);
}

function isOdd(view: ArrayBufferView): boolean {
  return !TRAVELLING_VIEWS.has(view.constructor.name);
}

const TRAVELLING_VIEWS: ReadonlySet<string> = new Set([
  'Buffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
]);

export function refuseFunction(): never {
  throw new CannotTravel('a function cannot travel');
}

/**
 * Why a value could not be encoded, as a sentence that names the place: `input.items[2].onDone is a function,
 * which cannot travel`.
 * @param root what the value is called: `input`
 * @param error what the encoder threw
 * @param refused objects of which it is known already why they cannot travel
 */
export function explainFailure(value: unknown, root: string, error: unknown, refused?: Refused): string {
  let offender: Offender | undefined;
  try {
    offender = find(value, root, new Map(), error instanceof CannotTravel, refused);
  } catch {
    // Either it is too deep for this search, too, or code in the value threw: then that is the reason.
  }
  if (offender !== undefined) return `${offender.path} ${offender.problem}`;
  if (error instanceof RangeError) return `${root} is nested too deeply or too large`;
  return `${root} cannot be encoded: ${error instanceof Error ? error.message : String(error)}`;
}

interface Offender {
  readonly path: string;
  readonly problem: string;
}

/**
 * @param above the objects that lead to the value, with their paths
 * @param misplaced attachments in the value are where the contract has none
 */
function find(
  value: unknown,
  path: string,
  above: Map<object, string>,
  misplaced: boolean,
  refused: Refused | undefined,
): Offender | undefined {
  if (typeof value === 'function') return { path, problem: 'is a function, which cannot travel' };
  if (typeof value === 'symbol') return { path, problem: 'is a symbol, which cannot travel' };
  if (typeof value !== 'object' || value === null) return undefined;
  const problem = refused?.get(value);
  if (problem !== undefined) return { path, problem };
  const kind = attachmentKindOf(value);
  if (kind !== undefined) {
    const problem = `is a ${ATTACHMENT_NAMES[kind]}, which can travel only where the contract has one`;
    return misplaced ? { path, problem } : undefined;
  }
  const hint = insteadOf('fd', value) ?? (isFile(value) ? insteadOf('blob', value) : undefined);
  if (hint !== undefined) return { path, problem: `cannot travel; ${hint}` };
  if (ArrayBuffer.isView(value)) {
    return isOdd(value)
      ? { path, problem: `is a ${value.constructor.name}, which cannot travel` }
      : undefined;
  }
  const earlier = above.get(value);
  if (earlier !== undefined)
    return { path, problem: `is a circular reference to ${earlier}, which cannot travel` };
  above.set(value, path);
  const offender = findBelow(value, path, (item, at) => find(item, at, above, misplaced, refused));
  above.delete(value);
  return offender;
}

function findBelow(
  value: object,
  path: string,
  find: (item: unknown, path: string) => Offender | undefined,
): Offender | undefined {
  if (Array.isArray(value)) return firstOf(value, (item, i) => find(item, showPath(path, [i])));
  if (value instanceof Set) return firstOf(value, (item, i) => find(item, `${path} (element ${i})`));
  if (value instanceof Map) {
    return firstOf(
      value,
      ([key, item], i) =>
        find(key, `${path} (key ${i})`) ??
        find(item, typeof key === 'string' ? `${path}.get(${JSON.stringify(key)})` : `${path} (value ${i})`),
    );
  }
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (TRAVELLING_CLASSES.has(tag)) return undefined;
  if (tag !== 'Object') return { path, problem: `is a ${tag}, which cannot travel` };
  return firstOf(Object.keys(value), (key) =>
    find((value as Readonly<Record<string, unknown>>)[key], showPath(path, [key])),
  );
}

/** A Blob of the web's, or a File. */
function isFile(value: object): boolean {
  return typeof (value as { arrayBuffer?: unknown }).arrayBuffer === 'function';
}

const TRAVELLING_CLASSES: ReadonlySet<string> = new Set(['Date', 'RegExp', 'Error', 'ArrayBuffer']);

function firstOf<Item>(
  items: Iterable<Item>,
  judge: (item: Item, index: number) => Offender | undefined,
): Offender | undefined {
  let index = 0;
  for (const item of items) {
    const offender = judge(item, index++);
    if (offender !== undefined) return offender;
  }
  return undefined;
}
