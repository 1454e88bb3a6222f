import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Name and version of a package as it is installed here. @throws when it is not */
export function installed(name: string): string {
  // Not every package exports its package.json, so it is looked for above the package's entry.
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  for (;;) {
    const found = read(join(folder, 'package.json'));
    if (found?.name === name) return `${name} ${found.version}`;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of ${name}`);
    folder = parent;
  }
}

/** What is measured where node itself brings both ends. */
export const node = `node ${process.versions.node}`;

/** What is measured where nobody but the kernel stands between the ends. */
export const linux = `Linux ${release()}`;

function read(file: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
