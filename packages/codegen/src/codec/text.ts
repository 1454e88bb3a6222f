import { numberText } from './checks.js';
import type { Literal } from './node.js';

/** A literal as source text. */
export function literal(value: Literal): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' ? numberText(value) : String(value);
}

/** A text as source text. */
export function quote(text: string): string {
  const json = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return `'${json.slice(1, -1).replaceAll("'", "\\'").replaceAll('\\"', '"')}'`;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Access to a property. */
export function property(object: string, name: string): string {
  return IDENTIFIER.test(name) ? `${object}.${name}` : `${object}[${quote(name)}]`;
}

/** A property of an object literal. */
export function propertyName(name: string): string {
  return IDENTIFIER.test(name) ? name : quote(name);
}

/** Lines, one level further in. */
export function indentLines(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`);
}

/** The same as one text. */
export function indent(lines: readonly string[]): string {
  return indentLines(lines).join('\n');
}
