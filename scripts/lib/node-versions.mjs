import path from 'node:path';
import { fetchFromNpm } from '../../packages/native/scripts/fetch-from-npm.mjs';
import { fail } from './fail.mjs';
import { toolsFolder } from './paths.mjs';

/** The folder with the `node` of a version; fetched from the npm registry where it is missing. */
export function provideNode(version) {
  const folder = path.join(toolsFolder, `node-${version}`);
  const spec = `node-linux-${process.arch}@${version}`;
  if (!fetchFromNpm(spec, 'bin', folder))
    fail(`${spec} could not be fetched; is a package registry reachable?`);
  return path.join(folder, 'bin');
}
