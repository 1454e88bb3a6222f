import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/**
 * Unpacks one folder of a package in the npm registry into `destination`, unless that is there already.
 *
 * @returns whether the destination now exists.
 */
export function fetchFromNpm(spec, member, destination) {
  if (existsSync(destination)) return true;
  // Unpacked beside and renamed, so that an interrupted fetch is never taken for a whole one.
  const scratch = `${destination}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', scratch, spec], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (packed.status !== 0) return false;
    const archive = path.join(scratch, packed.stdout.trim().split('\n').at(-1));
    const args = ['-xzf', archive, '-C', scratch, '--strip-components=1', `package/${member}`];
    const unpacked = spawnSync('tar', args, { stdio: 'inherit' });
    rmSync(archive, { force: true });
    if (unpacked.status !== 0) return false;
    if (!existsSync(destination)) renameSync(scratch, destination);
    return true;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
