import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../shm/support/places.js';

const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');
const source = fileURLToPath(new URL('../fixtures/malloc-in-use.c', import.meta.url));

/** Compiles fixtures/malloc-in-use.c (glibc 2.33 or later) for this test. @returns the addon */
export function mallocAddon(): string {
  const addon = path.join(temporaryFolder(), 'malloc-in-use.node');
  execFileSync('gcc', ['-O1', '-Wall', '-shared', '-fPIC', '-I', headers, '-o', addon, source], {
    stdio: 'inherit',
  });
  return addon;
}
