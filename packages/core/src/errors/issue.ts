/** One thing that a schema has against a value. */
export interface Issue {
  /** Where in the value: property names and array indexes from the outside in; empty for the value itself. */
  readonly path: readonly (string | number)[];
  /** What is wrong, in the schema library's words. */
  readonly message: string;
}

const SHOWN = 3;

/** The first issues in one line: `input.items[0].qty: Too small; input.id: Required (and 4 more)`. */
export function showIssues(issues: readonly Issue[], root: string): string {
  const shown = issues.slice(0, SHOWN).map(({ path, message }) => `${showPath(root, path)}: ${message}`);
  const more = issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? ` (and ${more} more)` : '');
}

/** A path as one would write it in code. */
export function showPath(root: string, path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => text + step(key), root);
}

function step(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
