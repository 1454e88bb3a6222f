// Provides the one pnpm version that package.json names, and keeps node_modules in step with the lock file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail } from './fail.mjs';
import { repositoryRoot, toolsFolder } from './paths.mjs';

const stampFile = path.join(repositoryRoot, 'node_modules', '.doorcall-installed');

/** The folder that holds the `pnpm` command, fetched with npm where it is missing. */
export function providePnpm() {
  const { packageManager } = readJson('package.json');
  const [, version] = packageManager.split('@');
  const home = path.join(toolsFolder, `pnpm-${version}`);
  const bin = path.join(home, 'node_modules', '.bin');
  if (existsSync(path.join(bin, 'pnpm'))) return bin;

  console.log(`> fetching pnpm ${version}`);
  // Installed beside and renamed, so that an interrupted fetch is never taken for a whole one.
  const scratch = `${home}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  const args = ['install', '--prefix', scratch, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', [...args, `pnpm@${version}`], { cwd: scratch, stdio: 'inherit' });
  if (status !== 0) {
    rmSync(scratch, { recursive: true, force: true });
    fail(`npm could not fetch pnpm ${version}; is a package registry reachable?`);
  }
  if (existsSync(home)) rmSync(scratch, { recursive: true, force: true });
  else renameSync(scratch, home);
  return bin;
}

/** Runs the install only when something that it reads has changed since the last one. */
export function installDependencies(environment) {
  const wanted = fingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  console.log('> installing dependencies');
  // Its level said, or it would be as silent as `npm run -s`, also about what is wrong.
  const args = ['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=info'];
  const { status } = spawnSync('pnpm', args, {
    cwd: repositoryRoot,
    env: environment,
    stdio: 'inherit',
  });
  if (status !== 0) {
    fail(
      'pnpm could not install the dependencies; its message above says why. After a change of a package.json, or with a new ' +
        'one, run `npm run pnpm -- install` once.',
    );
  }
  writeFileSync(stampFile, wanted);
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of installInputs()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(repositoryRoot, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function installInputs() {
  const files = [
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    '.npmrc',
    'bench/package.json',
    'charts/package.json',
    'soak/package.json',
  ];
  for (const parent of ['packages', 'examples', 'test']) {
    const folder = path.join(repositoryRoot, parent);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) files.push(path.join(parent, name, 'package.json'));
  }
  return files.filter((file) => existsSync(path.join(repositoryRoot, file)));
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(repositoryRoot, file), 'utf8'));
}
