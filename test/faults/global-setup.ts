import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds the addon with failpoints; make leaves alone what has not changed. */
export function setup(): void {
  const native = fileURLToPath(new URL('../../packages/native/', import.meta.url));
  execFileSync(process.execPath, [path.join(native, 'scripts', 'build.mjs'), '--debug'], {
    cwd: native,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
