/**
 * Names that a contract may use. A service's name becomes a folder name; a method's name becomes a property of
 * the client, beside the properties that a client has of its own and those that JavaScript looks for by itself
 * (`then` would make `await client` call it).
 */

/** Method names that would collide. */
export const RESERVED_METHOD_NAMES = [
  // Looked for by `await`, by JSON.stringify, by console.log and by string conversion.
  'then',
  'catch',
  'finally',
  'toJSON',
  'inspect',
  'toString',
  'toLocaleString',
  'valueOf',
  // Found on every ordinary object.
  'constructor',
  'prototype',
  '__proto__',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  // The client's and the server's own.
  'close',
  'ready',
  'drain',
  'health',
  'allocate',
  'allocateLater',
  'sync',
  'dispose',
  'asyncDispose',
] as const;

/** A method name that would collide. */
export type ReservedMethodName = (typeof RESERVED_METHOD_NAMES)[number];

const MAX_NAME_LENGTH = 64;
const SERVICE_NAME = /^[a-z0-9][a-z0-9._-]*$/;
const METHOD_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const reserved: ReadonlySet<string> = new Set(RESERVED_METHOD_NAMES);

/**
 * @param builtin allows names that begin with `doorcall.`
 * @throws TypeError saying what a service name may be.
 */
export function checkServiceName(name: unknown, builtin: boolean): asserts name is string {
  if (
    typeof name !== 'string' ||
    !SERVICE_NAME.test(name) ||
    name.includes('..') ||
    name.length > MAX_NAME_LENGTH
  ) {
    throw new TypeError(
      `invalid service name ${show(name)}: it becomes a folder name, so it is 1 to ${MAX_NAME_LENGTH} of a-z, 0-9, ` +
        "'.', '_' and '-', begins with a letter or digit and has no '..'",
    );
  }
  if (!builtin && name.startsWith('doorcall.')) {
    throw new TypeError(
      `invalid service name ${show(name)}: names that begin with 'doorcall.' are doorcall's own`,
    );
  }
}

/** @throws TypeError saying what a method name may be. */
export function checkMethodName(service: string, name: string): void {
  if (reserved.has(name)) {
    throw new TypeError(
      `service '${service}': '${name}' cannot be a method name, because clients or JavaScript itself use that ` +
        'property; choose another one',
    );
  }
  if (!METHOD_NAME.test(name) || name.length > MAX_NAME_LENGTH) {
    throw new TypeError(
      `service '${service}': invalid method name ${show(name)}: 1 to ${MAX_NAME_LENGTH} of A-Z, a-z, 0-9 and '_', ` +
        'beginning with a letter',
    );
  }
}

/** @throws TypeError saying what a reason may be. */
export function checkReason(method: string, reason: string): void {
  if (!METHOD_NAME.test(reason) || reason.length > MAX_NAME_LENGTH) {
    throw new TypeError(
      `${method}: invalid error reason ${show(reason)}: 1 to ${MAX_NAME_LENGTH} of A-Z, a-z, 0-9 and '_', ` +
        'beginning with a letter (OUT_OF_STOCK)',
    );
  }
}

function show(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : `of type ${typeof name}`;
}

type Lower =
  | ('a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm')
  | ('n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z');
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** True when every character of `Text` may stand in a service name. */
type AllAllowed<Text extends string> = Text extends ''
  ? true
  : Text extends `${Lower | Digit | '.' | '_' | '-'}${infer Rest}`
    ? AllAllowed<Rest>
    : false;

/** `unknown` for a good service name, else a sentence that no string is assignable to. */
export type CheckServiceName<Name extends string> = string extends Name
  ? unknown
  : Name extends `doorcall.${string}`
    ? InvalidName<'names that begin with doorcall. are reserved'>
    : Name extends `${string}..${string}`
      ? InvalidName<'a service name has no ..'>
      : Name extends `${Lower | Digit}${infer Rest}`
        ? AllAllowed<Rest> extends true
          ? unknown
          : InvalidName<'a service name is of a-z, 0-9, . _ and -'>
        : InvalidName<'a service name begins with a-z or 0-9'>;

/** `unknown` for a good method name, else a sentence that no method is assignable to. */
export type CheckMethodName<Name> = Name extends ReservedMethodName
  ? InvalidName<'this method name is reserved'>
  : Name extends symbol | number | '' | `${'_' | '$' | '@' | Digit}${string}` | `Symbol(${string}`
    ? InvalidName<'a method name begins with a letter'>
    : unknown;

/** Shows up in the compiler's message; nothing has this type. */
export interface InvalidName<Why extends string> {
  readonly 'invalid name': Why;
}
