// Cross-compiles the addon for every platform that the published package serves, into packages/native/prebuilds, under
// the names by which node-gyp-build finds them.   npm run prebuild [-- x64-glibc ...]
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  defines,
  flags,
  packageRoot,
  sourcesRelativeTo,
} from '../packages/native/scripts/compile-settings.mjs';
import { headers, nodeApiHeaders } from '../packages/native/scripts/node-headers.mjs';
import { build } from './lib/build.mjs';
import { fail } from './lib/fail.mjs';
import { run } from './lib/run.mjs';
import { provideZig, zigEnvironment } from './lib/zig.mjs';

// The oldest glibc is the one of RHEL 8; it decides which symbols the binary may ask for.
const targets = {
  'x64-glibc': 'x86_64-linux-gnu.2.28',
  'x64-musl': 'x86_64-linux-musl',
  'arm64-glibc': 'aarch64-linux-gnu.2.28',
  'arm64-musl': 'aarch64-linux-musl',
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(targets);
for (const name of wanted) {
  if (!Object.hasOwn(targets, name)) {
    fail(`no target named ${name}; there are ${Object.keys(targets).join(', ')}.`);
  }
}

const zig = provideZig();
const nodeHeaders = headers();
if (nodeHeaders === undefined)
  fail(`no C headers of Node ${process.versions.node} could be found or fetched.`);

for (const name of wanted) {
  const [arch, libc] = name.split('-');
  const folder = path.join('prebuilds', `linux-${arch}`);
  const output = path.join(folder, `@doorcall+native.${libc}.node`);
  mkdirSync(path.join(packageRoot, folder), { recursive: true });
  rmSync(path.join(packageRoot, output), { force: true });
  const args = [
    'c++',
    `--target=${targets[name]}`,
    ...flags,
    ...[...defines, 'NDEBUG'].map((define) => `-D${define}`),
    '-Isrc',
    // Not ours, so their warnings are not ours either.
    `-isystem${path.join(nodeHeaders, 'include', 'node')}`,
    `-isystem${nodeApiHeaders()}`,
    '-fPIC',
    '-shared',
    '-Wl,--version-script=addon/exports.map',
    '-Wl,--gc-sections',
    '-s',
    '-Wl,-z,relro',
    '-Wl,-z,now',
    '-o',
    output,
    ...sourcesRelativeTo('.'),
  ];
  console.log(`> ${name}`);
  // Quiet, for zig also tells what it thinks of libc++ while it builds that for a new target.
  const { code, stderr } = await run(zig, args, { cwd: packageRoot, env: zigEnvironment, quiet: true });
  if (code !== 0) {
    console.error(stderr);
    fail(`the binary for ${name} could not be compiled; the messages above say why.`);
  }
  console.log(`  packages/native/${output}`);
}

// All of them: then the tarballs are tested with exactly these binaries in them.
if (process.argv.length === 2) {
  await build('@doorcall/core', '@doorcall/cli');
  const { code } = await run('vitest', ['run', '--project=packaging'], {
    env: { ...process.env, DOORCALL_TEST_PREBUILDS: '1' },
  });
  process.exit(code);
}
