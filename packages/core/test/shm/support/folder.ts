import { closeSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { openDirectory } from '../../../src/transport/shm/directory.js';
import { openServiceFolder, type ServiceFolder } from '../../../src/transport/shm/folder.js';
import { temporaryFolder } from './places.js';

/** The open folder of a service in a directory of the test's own. */
export function serviceFolder(): ServiceFolder {
  const directory = openDirectory({ path: temporaryFolder(), shared: false });
  const folder = openServiceFolder(directory, 'orders', true);
  closeSync(directory.fd);
  onTestFinished(() => closeSync(folder.fd));
  return folder;
}
