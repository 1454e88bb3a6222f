import path from 'node:path';
import { fetchFromNpm } from '../../packages/native/scripts/fetch-from-npm.mjs';
import { toolsFolder } from './paths.mjs';

/** The folder with the `node` of a version, fetched from the npm registry where it is not the running one or there already. */
export function findNode(version) {
  if (process.version === `v${version}`) return path.dirname(process.execPath);
  const folder = path.join(toolsFolder, `node-${version}`);
  const spec = `node-linux-${process.arch}@${version}`;
  return fetchFromNpm(spec, 'bin', folder) ? path.join(folder, 'bin') : undefined;
}
