import { isBuiltin } from 'node:module';
import path from 'node:path';

const CODE = /\.[cm]?[jt]sx?$/;

/** What may stand in for a path that an import names, in the order in which it is looked for. */
const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

/**
 * The files that a module names by relative paths, anywhere in its text: more than it imports does no harm.
 *
 * @param file the module's path, with slashes
 * @param files all that there are
 */
export function relativeFiles(text: string, file: string, files: ReadonlySet<string>): readonly string[] {
  if (!CODE.test(file)) return [];
  const folder = path.posix.dirname(file);
  return [...text.matchAll(/(['"`])(\.{1,2}(?:\/[^'"`\n]*)?)\1/g)].flatMap(([, , specifier]) => {
    const target = path.posix.join(folder, specifier as string).replace(/\/$/, '');
    const found = candidates(target).find((each) => files.has(each));
    return found === undefined ? [] : [found];
  });
}

function candidates(target: string): readonly string[] {
  const typed = target.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  return [
    target,
    ...(typed === target ? [] : [typed, typed.replace(/\.ts$/, '.tsx')]),
    ...EXTENSIONS.map((extension) => target + extension),
    ...EXTENSIONS.map((extension) => `${target}/index${extension}`),
  ];
}

/** What a module imports, types apart, that is neither relative nor Node's own: the specifier of each. */
export function bareImports(text: string, file: string): readonly string[] {
  if (!CODE.test(file) || /\.json$/.test(file)) return [];
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = /^\s*(?:import|export)\b(?!\s+type\b)[^'";]*?\bfrom\s*(['"])(.+?)\1/gm;
  const calls = /\b(?:import|require)\s*\(?\s*(['"])(.+?)\1/g;
  return [statements, calls]
    .flatMap((pattern) => [...code.matchAll(pattern)].map(([, , specifier]) => specifier as string))
    .filter((specifier) => !/^(?:\.|\/|data:|file:)/.test(specifier) && !isBuiltin(specifier));
}

/** The package that a specifier names; undefined when it cannot be one. */
export function packageOf(specifier: string): string | undefined {
  return /^(?:@[^/]+\/[^/]+|[^@#/~][^/]*)/.exec(specifier)?.[0];
}
