import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { glob, isDynamicPattern } from 'tinyglobby';
import { CodegenError } from '../codegen-error.js';

/** Never contracts, whatever a glob says. */
const IGNORED = ['**/node_modules/**', '**/*.gen.*', '**/*.d.{ts,mts,cts}'];
const GENERATED = /\.gen\.[cm]?[jt]s$/;

/**
 * The files that paths and globs name, absolute and sorted, each once.
 *
 * @param folder what relative ones are relative to
 * @throws CodegenError when a path names no file or a generated one, or a glob matches nothing.
 */
export async function contractFiles(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const file of await filesOf(pattern, folder)) found.add(file);
  }
  return [...found].sort();
}

/** Whether it is a glob and no path: a file may have brackets in its name. */
function isGlob(pattern: string, folder: string): boolean {
  return isDynamicPattern(pattern) && !existsSync(path.resolve(folder, pattern));
}

async function filesOf(pattern: string, folder: string): Promise<readonly string[]> {
  if (!isGlob(pattern, folder)) {
    const file = path.resolve(folder, pattern);
    if (GENERATED.test(file)) {
      throw new CodegenError('load', 'it is generated; name the contract that it was made from', { file });
    }
    if (!existsSync(file))
      throw new CodegenError('load', `there is no such file${await nearest(file)}`, { file });
    return [file];
  }
  const files = await glob(pattern, {
    cwd: folder,
    absolute: true,
    ignore: IGNORED,
    expandDirectories: false,
  });
  if (files.length === 0) {
    throw new CodegenError('config', `no file matches '${pattern}' in ${folder}`);
  }
  return files.map((file) => path.normalize(file));
}

/** A hint for a misspelt name. */
async function nearest(file: string): Promise<string> {
  const name = path.basename(file);
  const names = await readdir(path.dirname(file)).catch((): string[] => []);
  if (names.length === 0) return '';
  const best = closest(name, names);
  return distance(name, best) <= 3 ? `; did you mean ${best}?` : '';
}
