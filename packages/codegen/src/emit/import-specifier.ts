import type { ImportExtension } from '../config.js';

/** TypeScript's extensions, and what a file becomes when it is compiled. */
const COMPILED: Readonly<Record<string, string>> = {
  '.ts': '.js',
  '.mts': '.mjs',
  '.cts': '.cjs',
  '.tsx': '.js',
};

/**
 * How a generated file imports a module.
 *
 * @param file path of the module, relative to the generated file, with `/`
 * @param extension `.js`: that of the compiled file; `.ts`: the file's own; empty: none. A module in JavaScript is
 * imported by its own name.
 */
export function importSpecifier(file: string, extension: ImportExtension): string {
  const relative = file.startsWith('./') || file.startsWith('../') ? file : `./${file}`;
  const [own = ''] = /\.[^./]+$/.exec(relative) ?? [];
  const compiled = COMPILED[own];
  if (compiled === undefined || extension === '.ts') return relative;
  const stem = relative.slice(0, -own.length);
  // Without an extension no resolver looks for an `.mjs` or a `.cjs`.
  return extension === '' && compiled === '.js' ? stem : stem + compiled;
}
