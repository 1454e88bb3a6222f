/** A value of an input file, and how the file's reader would name it. */
export interface Value {
  readonly value: unknown;
  /** `[3]`, `line 4`, or empty where the file is one value. */
  readonly place: string;
}

/** What a file holds: one value or many, or an array that is one or the other as the method takes it. */
export type Content =
  | { readonly kind: 'one'; readonly value: unknown }
  | { readonly kind: 'array'; readonly value: readonly unknown[] }
  | { readonly kind: 'lines'; readonly values: readonly Value[] };

export function contentOf(value: unknown): Content {
  return Array.isArray(value) ? { kind: 'array', value } : { kind: 'one', value };
}
