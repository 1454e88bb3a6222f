// Compiles for this machine the addon, out of addon/ (a binding.gyp in the package root would make npm and pnpm compile
// at every install), and the floor of the latency lab, out of floor/. With --debug: only the addon, with failpoints,
// beside the other build.
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
const debug = process.argv.includes('--debug');
for (const folder of debug ? ['addon'] : ['addon', 'floor']) {
  // `configure build` rather than `rebuild`: make recompiles what changed, in sources, headers or flags.
  const args = [
    nodeGyp,
    '-C',
    folder,
    'configure',
    'build',
    `--nodedir=${nodedir}`,
    '--jobs=2',
    '--loglevel=warn',
    ...(debug ? ['--debug'] : []),
  ];
  const { status } = spawnSync(process.execPath, args, { cwd: packageRoot, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
