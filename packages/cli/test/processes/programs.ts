import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Project, project } from '../../../codegen/test/load/support/project.js';
import { doorcall } from '../support/command.js';

const repository = path.resolve(import.meta.dirname, '../../../..');
const contracts = path.join(repository, 'packages/codegen/test/golden/contracts');

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    module: 'NodeNext',
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    outDir: 'dist',
  },
});

/**
 * A project with a contract of the golden tests, its generated code and some programs, all of it compiled strictly.
 *
 * @param programs texts by name, without extensions
 */
export function compiled(contract: string, programs: Readonly<Record<string, string>>): Project {
  const file = `${contract}.service.ts`;
  const made = project({
    'tsconfig.json': TSCONFIG,
    [file]: readFileSync(path.join(contracts, file), 'utf8'),
    ...Object.fromEntries(Object.entries(programs).map(([name, text]) => [`${name}.ts`, text])),
  });
  mkdirSync(made.at('node_modules/@types'));
  symlinkSync(path.join(repository, 'node_modules/@types/node'), made.at('node_modules/@types/node'));
  expect(doorcall(made.folder, 'gen', file)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(doorcall(made.folder, 'gen', '--check', file).exitCode).toBe(0);
  const compiler = path.join(repository, 'node_modules/.bin/tsc');
  const { stdout } = spawnSync(compiler, ['-p', made.folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
  return made;
}

/** Runs a program of a project, until the test ends at the latest. */
export function run(made: Project, program: string): ChildProcess {
  const child = spawn(process.execPath, [made.at(`dist/${program}.js`)], {
    cwd: made.folder,
    env: { ...process.env, NODE_OPTIONS: '', DOORCALL_DIR: made.at('doorcall') },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** What a process sends next; it fails when the process ends before. */
export async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) => {
      throw new Error(`it ended with ${code ?? signal}`);
    }),
  ]);
  return message;
}
