// The addon, of a copy of the sources of which one file is spoiled, and tests of core's that load it.
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import {
  defines,
  flags,
  packageRoot as nativeFolder,
  sourcesRelativeTo,
} from '../../packages/native/scripts/compile-settings.mjs';
import { headers, nodeApiHeaders } from '../../packages/native/scripts/node-headers.mjs';
import { fail } from './fail.mjs';
import { repositoryRoot } from './paths.mjs';
import { run } from './run.mjs';

const testFolder = path.join('packages', 'core', 'test', 'shm');
/** A test that hangs longer has noticed something. */
const testLimitMs = 40_000;
const hangLimitMs = 120_000;

/** Names of the tests that call the addon itself. */
export function addonTestNames() {
  return readdirSync(path.join(repositoryRoot, testFolder))
    .filter((name) => name.startsWith('native-') && name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.test.ts'.length));
}

/** As it is: what copies are linked with. */
export async function buildAddon() {
  console.log('> building the addon');
  const built = await run(process.execPath, [path.join(nativeFolder, 'scripts', 'build.mjs')], {
    quiet: true,
  });
  if (built.code !== 0) fail(`the addon does not build:\n${built.stdout}${built.stderr}`);
}

/**
 * Compiles what of the copy differs from the build, links it with the rest of the build, and runs a test with it.
 *
 * @param native the copy's folder
 * @param spoiled the file in it that differs, below src
 */
export async function buildAndRunAddon(native, spoiled, test) {
  const built = await linkAddon(native, spoiled);
  return built.code === 0 ? runTest(native, test) : { built: false, output: built.stderr };
}

/** A test with the addon as it is. */
export async function runUnspoiledAddon(test) {
  return runTest(nativeFolder, test);
}

async function linkAddon(native, spoiled) {
  const source = path.join(native, 'src', spoiled);
  const object = `${source}.o`;
  const include = [path.join(native, 'src'), nodeApiHeaders(), path.join(headers(), 'include', 'node')];
  const args = [
    ...[
      '-fPIC',
      '-pthread',
      '-fno-rtti',
      '-DNDEBUG',
      '-DNODE_GYP_MODULE_NAME=doorcall',
      '-DBUILDING_NODE_EXTENSION',
    ],
    ...[...flags, '-O1'],
    ...defines.map((one) => `-D${one}`),
    ...include.map((one) => `-I${one}`),
  ];
  const compiled = await run('g++', [...args, '-c', source, '-o', object], { quiet: true });
  if (compiled.code !== 0) return compiled;
  const objects = sourcesRelativeTo('.').map((file) =>
    file === path.join('src', spoiled)
      ? object
      : path.join(nativeFolder, 'addon', 'build', 'Release', 'obj.target', file.replace(/\.cc$/, '.o')),
  );
  const release = path.join(native, 'addon', 'build', 'Release');
  mkdirSync(release, { recursive: true });
  makePackage(native);
  return run('g++', ['-shared', '-pthread', '-o', path.join(release, 'doorcall.node'), ...objects], {
    quiet: true,
  });
}

/** What the tests import instead of packages/native. */
function makePackage(native) {
  // Copied, not linked: the loader goes by its own place.
  for (const name of ['lib', 'package.json'])
    cpSync(path.join(nativeFolder, name), path.join(native, name), { recursive: true });
  const modules = path.join(native, 'node_modules');
  if (!existsSync(modules)) symlinkSync(path.join(nativeFolder, 'node_modules'), modules);
}

async function runTest(native, test) {
  const file = path.join(testFolder, `${test}.test.ts`);
  const how = ['--bail=1', `--testTimeout=${testLimitMs}`, '--reporter=dot'];
  const { code, stdout, stderr } = await run('vitest', ['run', file, ...how], {
    quiet: true,
    timeoutMs: hangLimitMs,
    env: { ...process.env, DOORCALL_NATIVE_PACKAGE: native },
  });
  return { built: true, green: code === 0, output: `${stdout}${stderr}` };
}
