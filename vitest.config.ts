import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

// One project for each folder that has tests, named after the folder.
const parents = ['packages', 'examples', 'test'];
const folders = [
  'bench',
  'soak',
  'scripts',
  ...parents.flatMap((parent) =>
    existsSync(parent) ? readdirSync(parent).map((name) => path.join(parent, name)) : [],
  ),
].filter((folder) => existsSync(folder));

export default defineConfig({
  test: {
    // Tests start processes of their own; more files at once than this starve each other on a small machine.
    maxWorkers: 2,
    projects: folders.map((root) => ({
      extends: true,
      root,
      test: {
        name: path.basename(root),
        include: ['test/**/*.test.ts', '*.test.ts'],
        pool: 'forks',
        globalSetup: [path.join(root, 'global-setup.ts')]
          .filter((file) => existsSync(file))
          .map((file) => path.resolve(file)),
        // A watchdog against hangs, never a measure of speed.
        testTimeout: 60_000,
        hookTimeout: 120_000,
      },
    })),
  },
});
