// What a run has in the system besides itself, and what goes with it when it is interrupted.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folders = new Set();
/** How each is killed. */
const children = new Map();

process.on('exit', () => {
  for (const kill of children.values()) kill();
  // Those may still be writing at that moment.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A new folder whose name begins so; removeFolder() ends it. */
export function makeFolder(name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), name));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/**
 * The child is killed when this process ends first.
 *
 * @param group it was spawned detached, and what it has forked is killed, too
 */
export function endWithUs(child, { group = false } = {}) {
  // It may not have been started at all, for want of its file.
  if (child.pid === undefined) return;
  children.set(child, () => {
    try {
      process.kill(group ? -child.pid : child.pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  });
  child.once('exit', () => children.delete(child));
}
