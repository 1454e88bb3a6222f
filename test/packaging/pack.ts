// Makes the tarballs that a user would get from the registry.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

export const repositoryRoot = path.resolve(import.meta.dirname, '..', '..');
const packages = path.join(repositoryRoot, 'packages');

/** `npm run prebuild` sets this: the tarball is then tested with the binaries that it has just made. */
export const crossCompiled = process.env.DOORCALL_TEST_PREBUILDS === '1';

/** Absolute path of each published package's tarball. */
export interface Tarballs {
  native: string;
  core: string;
  codegen: string;
  load: string;
  cli: string;
}

export function packPublished(folder: string): Tarballs {
  const core = pack('core', folder);
  const native = pack('native', folder);
  if (!crossCompiled) replaceBinaries(native, folder);
  return {
    native,
    core,
    codegen: pack('codegen', folder),
    load: pack('load', folder),
    cli: pack('cli', folder),
  };
}

function pack(name: string, folder: string): string {
  const before = new Set(readdirSync(folder));
  run('pnpm', ['pack', '--pack-destination', folder], path.join(packages, name));
  const [made] = readdirSync(folder).filter((file) => !before.has(file));
  if (made === undefined) throw new Error(`pnpm pack made no tarball of ${name}`);
  return path.join(folder, made);
}

/**
 * Without the cross-compiler the tarball gets the addon that was built for this machine, in the place and under the
 * name of the prebuilt one.
 */
function replaceBinaries(tarball: string, folder: string): void {
  const scratch = path.join(folder, 'unpacked');
  mkdirSync(scratch);
  run('tar', ['-xzf', tarball, '-C', scratch], folder);
  const prebuilds = path.join(scratch, 'package', 'prebuilds');
  rmSync(prebuilds, { recursive: true, force: true });
  const target = path.join(prebuilds, `linux-${process.arch}`);
  mkdirSync(target, { recursive: true });
  const built = path.join(packages, 'native', 'addon', 'build', 'Release', 'doorcall.node');
  if (!existsSync(built)) throw new Error('the addon is not built; `npm run build` does it');
  copyFileSync(built, path.join(target, '@doorcall+native.node'));
  run('tar', ['-czf', tarball, '-C', scratch, 'package'], folder);
  rmSync(scratch, { recursive: true });
}

export function run(
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${error?.message ?? status}:\n${stdout}${stderr}`,
    );
  }
  return stdout;
}
