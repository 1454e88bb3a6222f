import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { viaFd } from './directory.js';
import { listInstances, lockFile, type ServiceFolder, socketFile } from './folder.js';
import { guarded } from './guard.js';
import { native } from './native.js';

/**
 * Removes sockets that killed instances have left: those whose lock nobody holds. Clients would only waste
 * an attempt on each. Best effort: in a shared folder they may belong to somebody else.
 */
export async function sweepStaleSockets(folder: ServiceFolder): Promise<void> {
  await guarded(folder, () => {
    for (const instance of listInstances(folder)) {
      try {
        removeIfUnowned(folder, instance);
      } catch {
        // Not ours to remove, or without a lock file: then nothing says that its server is gone.
      }
    }
  });
}

function removeIfUnowned(folder: ServiceFolder, instance: string): void {
  const lock = openSync(viaFd(folder.fd, lockFile(instance)), constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    if (native().addon.tryLock(lock)) rmSync(viaFd(folder.fd, socketFile(instance)), { force: true });
  } finally {
    closeSync(lock);
  }
}
