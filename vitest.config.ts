import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

// One project for each folder that has tests, named after the folder.
const parents = ['packages', 'examples', 'test'];
const folders = [
  'bench',
  'charts',
  'soak',
  'scripts',
  ...parents.flatMap((parent) =>
    existsSync(parent) ? readdirSync(parent).map((name) => path.join(parent, name)) : [],
  ),
].filter((folder) => existsSync(folder));

// Tests of core's that measure, and so must not run beside others: `--project=overload --no-file-parallelism`.
const core = path.join('packages', 'core');
const alone = ['overload', 'leaks'];

// Names of projects that are left out. Several `--project=!name` leave nothing out: any one that fits lets a project in.
const leftOut = (process.env.DOORCALL_LEAVE_OUT ?? '').split(',');

// Another copy of packages/native, for tests in core's own process: a mutant of the addon (scripts/mutants).
const native = process.env.DOORCALL_NATIVE_PACKAGE;
const alias = native === undefined ? {} : { '@doorcall/native': path.join(native, 'lib', 'index.js') };

const project = (name: string, root: string, include: string[]) => ({
  extends: true as const,
  root,
  resolve: { alias },
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', ...(name === 'core' ? alone.map((folder) => `test/${folder}/**`) : [])],
    pool: 'forks' as const,
    globalSetup: [path.join(root, 'global-setup.ts')]
      .filter((file) => existsSync(file))
      .map((file) => path.resolve(file)),
    // A watchdog against hangs, never a measure of speed.
    testTimeout: 240_000,
    hookTimeout: 300_000,
  },
});

export default defineConfig({
  test: {
    // Tests start processes of their own; more files at once than this starve each other on a small machine.
    maxWorkers: 2,
    projects: [
      ...folders.map((root) => project(path.basename(root), root, ['test/**/*.test.ts', '*.test.ts'])),
      ...alone.map((name) => project(name, core, [`test/${name}/**/*.test.ts`])),
    ].filter(({ test }) => !leftOut.includes(test.name)),
  },
});
