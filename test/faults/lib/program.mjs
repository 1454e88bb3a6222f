// Makes the actor's program quick to start, since a run starts thousands: one file instead of 150, compiled once.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @returns file: of the program, CommonJS; remove() */
export async function bundleProgram() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'doorcall-actor-'));
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
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
