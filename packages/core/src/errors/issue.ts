/** One thing that a schema has against a value. */
export interface Issue {
  /** Where in the value: property names and array indexes from the outside in; empty for the value itself. */
  readonly path: readonly (string | number)[];
  /** What is wrong, in the schema library's words. */
  readonly message: string;
}
