import { quoted } from '../types/identifiers.js';

/** What one module is imported for. */
export interface Import {
  readonly from: string;
  /** `name` or `name as other`. */
  readonly values?: readonly string[];
  readonly types?: readonly string[];
}

const LINE = 100;

/** Import statements; types are marked one by one where values come from the same module. */
export function printImports(imports: readonly Import[]): string {
  return imports.map(printImport).join('');
}

function printImport({ from, values = [], types = [] }: Import): string {
  const onlyTypes = values.length === 0;
  const names = [
    ...[...new Set(values)].map((name) => ({ name, text: name })),
    ...[...new Set(types)].map((name) => ({ name, text: onlyTypes ? name : `type ${name}` })),
  ]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ text }) => text);
  if (names.length === 0) return '';
  const head = onlyTypes ? 'import type' : 'import';
  const flat = `${head} { ${names.join(', ')} } from ${quoted(from)};\n`;
  if (flat.length <= LINE) return flat;
  return `${head} {\n${names.map((name) => `  ${name},\n`).join('')}} from ${quoted(from)};\n`;
}
