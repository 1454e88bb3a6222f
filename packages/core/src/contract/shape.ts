/**
 * Shapes: what a schema says about the values that travel, in a form that can be hashed, sent and compared.
 *
 * The shapes of a service are one table. A node refers to others by their index, so a type that is used in many
 * places stands once, and a recursive type refers to itself.
 */

/** What a node is. `unknown` is anything; `custom` is decided by code that cannot be compared. */
export type ShapeKind =
  | 'string'
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'null'
  | 'undefined'
  | 'nan'
  | 'date'
  | 'bytes'
  | 'unknown'
  | 'never'
  | 'custom'
  | 'literal'
  | 'object'
  | 'array'
  | 'tuple'
  | 'record'
  | 'map'
  | 'set'
  | 'union'
  | 'intersection'
  | 'optional'
  | 'nullable'
  | 'blob'
  | 'fd'
  | 'door';

/** One node of a table of shapes. It is plain JSON. */
export interface ShapeNode {
  readonly kind: ShapeKind;
  /**
   * Indexes of the nodes below. object: one per name, then that of further keys where `extra` is 'checked'.
   * tuple: one per item, then that of the rest where `rest` is true. record and map: key and value. array, set,
   * optional, nullable: one. union, intersection: one per member.
   */
  readonly refs?: readonly number[];
  /** object: its keys in the contract's order. That order is the order of values in a record on the wire. */
  readonly names?: readonly string[];
  /** object: indexes into `names` of those that may be absent, if any. */
  readonly optional?: readonly number[];
  /** object: what becomes of keys that are not named. By default they are dropped. */
  readonly extra?: 'refused' | 'kept' | 'checked';
  /** tuple: how many items must be there. */
  readonly min?: number;
  /** tuple: the last of `refs` is for all further items. */
  readonly rest?: true;
  /** literal: its values as {@link literalText} writes them, sorted. */
  readonly values?: readonly string[];
  /** custom: a class name, or the schema library's name. door: the name of its service. */
  readonly name?: string;
  /** door: the fingerprint of its service. */
  readonly fingerprint?: string;
  /** What must hold beyond the kind (lengths, ranges, formats), each as JSON, sorted. */
  readonly checks?: readonly string[];
}

/** A literal as text that tells its type: `"a"`, `1`, `10n`, `true`, `null`, `undefined`. */
export function literalText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '0' : String(value);
}

/** The kind of value that a literal's text stands for. */
export function literalKind(text: string): ShapeKind {
  if (text.startsWith('"')) return 'string';
  if (text.endsWith('n') && /^-?\d+n$/.test(text)) return 'bigint';
  if (text === 'true' || text === 'false') return 'boolean';
  if (text === 'null') return 'null';
  if (text === 'undefined') return 'undefined';
  if (text === 'NaN') return 'nan';
  return 'number';
}

/** A node's own part, without what it refers to. */
export function labelOf(node: ShapeNode): string {
  const { refs, ...label } = node;
  return JSON.stringify([label, refs?.length ?? 0]);
}
