// Compiles the addon for this machine, out of addon/ (a binding.gyp in the package root would make npm and pnpm
// compile at every install). With --debug: the build with failpoints, beside the other one.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { packageRoot } from './compile-settings.mjs';
import { headers } from './node-headers.mjs';

const nodedir = headers();
if (nodedir === undefined) {
  console.error(
    `doorcall: the C headers of Node ${process.versions.node} are neither beside ${process.execPath}, nor could ` +
      'they be fetched from nodejs.org or a package registry.',
  );
  process.exit(1);
}
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
// `configure build` rather than `rebuild`: make recompiles what changed, in sources, headers or flags.
const args = [
  nodeGyp,
  '-C',
  'addon',
  'configure',
  'build',
  `--nodedir=${nodedir}`,
  '--jobs=2',
  '--loglevel=warn',
  ...(process.argv.includes('--debug') ? ['--debug'] : []),
];
process.exit(spawnSync(process.execPath, args, { cwd: packageRoot, stdio: 'inherit' }).status ?? 1);
