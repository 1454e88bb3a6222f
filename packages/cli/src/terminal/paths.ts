import path from 'node:path';

/** A path as one would type it here. */
export function shortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith(path.join('..', '..', '..')) ? file : relative || '.';
}
