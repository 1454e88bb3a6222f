// Makes JavaScript of a TypeScript file of the tests, so that plain Node of any version runs it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** @param entry relative to the package. @returns the file, where imports of packages are found */
export async function bundle(entry) {
  const outfile = path.join(packageFolder, 'node_modules', '.bundles', `${entry.replaceAll('/', '-')}.mjs`);
  await build({
    entryPoints: [path.join(packageFolder, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outfile;
}
