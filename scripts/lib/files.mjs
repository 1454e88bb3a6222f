import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const skipped = new Set(['node_modules', 'dist', 'build', '.turbo', '.tools']);

/** Every file below the path (or the path itself) whose name ends in one of the endings, in a stable order. */
export function filesBelow(start, endings) {
  if (!existsSync(start)) return [];
  if (statSync(start).isFile()) return endings.some((ending) => start.endsWith(ending)) ? [start] : [];
  return readdirSync(start)
    .sort()
    .filter((name) => !skipped.has(name))
    .flatMap((name) => filesBelow(path.join(start, name), endings));
}
