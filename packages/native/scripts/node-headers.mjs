// Finds Node's C headers without the network where they are already there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from './compile-settings.mjs';

const hasHeaders = (prefix) =>
  existsSync(path.join(prefix, 'include', 'node', 'node_api.h')) &&
  existsSync(path.join(prefix, 'include', 'node', 'uv.h'));

/** The prefix whose include/node belongs to the running Node, or undefined when it was installed without. */
export function installedHeaders() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return hasHeaders(prefix) ? prefix : undefined;
}

/**
 * The headers of the running version out of the npm registry: the packages that carry the Node binary carry its
 * headers too. For machines that reach a registry but not nodejs.org.
 */
export function headersFromNpm() {
  const folder = path.join(packageRoot, '..', '..', '.tools', `node-headers-${process.versions.node}`);
  if (hasHeaders(folder)) return folder;
  const scratch = `${folder}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const spec = `node-linux-${process.arch}@${process.versions.node}`;
    const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', scratch, spec], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (packed.status !== 0) return undefined;
    const archive = path.join(scratch, packed.stdout.trim().split('\n').at(-1));
    const unpacked = spawnSync(
      'tar',
      ['-xzf', archive, '-C', scratch, '--strip-components=1', 'package/include'],
      { stdio: 'inherit' },
    );
    rmSync(archive, { force: true });
    if (unpacked.status !== 0 || !hasHeaders(scratch)) return undefined;
    if (!hasHeaders(folder)) renameSync(scratch, folder);
    return folder;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
