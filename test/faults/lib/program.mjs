// Makes the actor's program quick to start, since a run starts thousands: one file instead of 150, compiled once.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { makeFolder, removeFolder } from './leftovers.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @returns file: of the program, CommonJS; remove() */
export async function bundleProgram() {
  const folder = makeFolder('doorcall-actor-');
  const bundle = path.join(folder, 'bundle.cjs');
  const native = createRequire(createRequire(import.meta.url).resolve('@doorcall/core')).resolve(
    '@doorcall/native',
  );
  await build({
    entryPoints: [here('../programs/actor.mjs')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: bundle,
    // The addon's loader goes by its own place.
    alias: { '@doorcall/native': native },
    external: [native, 'msgpackr-extract'],
    logLevel: 'error',
  });
  return {
    bundle,
    loader: here('../programs/load.cjs'),
    remove: () => removeFolder(folder),
  };
}
