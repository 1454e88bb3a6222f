/** Identifiers and literals in generated TypeScript. */

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A string as a TypeScript literal, in single quotes. */
export function quoted(text: string): string {
  const body = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    // Line ends to JavaScript, but not to JSON.
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `'${body}'`;
}

/** A property's name as it stands in an object type. */
export function propertyName(name: string): string {
  return IDENTIFIER.test(name) ? name : quoted(name);
}

/** `get_user` and `getUser` become `GetUser`; empty where nothing of a name is left. */
export function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9$]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** Types that generated code refers to by their global names. */
const GLOBAL_TYPES = [
  'Array',
  'Date',
  'Exclude',
  'InstanceType',
  'Map',
  'Partial',
  'Promise',
  'Readonly',
  'ReadonlyArray',
  'ReadonlyMap',
  'ReadonlySet',
  'Record',
  'Set',
];

/** Gives out type names, each once. */
export class TypeNames {
  readonly #taken: Set<string>;

  /** @param reserved names that the file has in use */
  constructor(reserved: Iterable<string>) {
    this.#taken = new Set([...GLOBAL_TYPES, ...reserved]);
  }

  /** The wanted name, or the first of it with 2, 3, … behind it that is free. */
  take(wanted: string): string {
    // A keyword begins with a small letter and a name does not, so only the first character matters.
    const base = /^[A-Z$]/.test(wanted) ? wanted : `T${wanted}`;
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}${number}`;
    this.#taken.add(name);
    return name;
  }
}
