// An empty folder on a machine without a compiler, into which the tarballs are installed as a user would.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot, run, type Tarballs } from './pack.js';

export interface Consumer {
  folder: string;
  /** PATH with Node, npm and a shell on it, and nothing that could compile. */
  env: NodeJS.ProcessEnv;
}

export function install(tarballs: Tarballs, { scripts }: { scripts: boolean }): Consumer {
  const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-consumer-'));
  const env = environmentWithoutCompiler(folder);
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies: {
        '@doorcall/core': `file:${tarballs.core}`,
        '@doorcall/native': `file:${tarballs.native}`,
        zod: installedVersion('packages/core/node_modules/zod'),
      },
    }),
  );
  const args = ['install', `--ignore-scripts=${!scripts}`, '--prefer-offline', '--no-audit', '--no-fund'];
  run('npm', args, folder, env);
  return { folder, env };
}

function environmentWithoutCompiler(folder: string): NodeJS.ProcessEnv {
  const bin = path.join(folder, '.bin');
  mkdirSync(bin);
  for (const command of ['node', 'npm', 'sh']) symlinkSync(find(command), path.join(bin, command));
  // npm and pnpm hand their settings down in the environment; a user's shell has none of ours.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name));
  return { ...Object.fromEntries(inherited), PATH: bin, DOORCALL_DIR: path.join(folder, '.run') };
}

function find(command: string): string {
  if (command === 'node') return process.execPath;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, command)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${command} is not on PATH`);
  return found;
}

export function installedVersion(folder: string): string {
  const manifest = readFileSync(path.join(repositoryRoot, folder, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
