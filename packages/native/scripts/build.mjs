// Compiles the addon for this machine, out of addon/ (a binding.gyp in the package root would make npm and pnpm
// compile at every install).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageRoot } from './compile-settings.mjs';
import { headersFromNpm, installedHeaders } from './node-headers.mjs';

const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');

// `configure build` rather than `rebuild`: make recompiles what changed, in sources, headers or flags.
function build(nodedir) {
  const args = [nodeGyp, '-C', 'addon', 'configure', 'build', '--jobs=2', '--loglevel=warn'];
  if (nodedir !== undefined) args.push(`--nodedir=${path.resolve(nodedir)}`);
  return spawnSync(process.execPath, args, { cwd: packageRoot, stdio: 'inherit' }).status ?? 1;
}

function canDownloadHeaders() {
  const args = [nodeGyp, 'install', '--ensure', '--loglevel=error'];
  return (
    spawnSync(process.execPath, args, { cwd: packageRoot, stdio: 'ignore', timeout: 60_000 }).status === 0
  );
}

const given = process.env.npm_config_nodedir;
let nodedir = installedHeaders() ?? given;
if (nodedir === undefined && !canDownloadHeaders()) {
  nodedir = headersFromNpm();
  if (nodedir === undefined) {
    console.error(
      `doorcall: the C headers of Node ${process.versions.node} are neither beside ${process.execPath}, nor could ` +
        'they be downloaded from nodejs.org or the npm registry.',
    );
    process.exit(1);
  }
}
process.exit(build(nodedir));
