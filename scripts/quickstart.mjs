// Builds what the orders example needs, then lets it tell its own story.
import { spawnSync } from 'node:child_process';
import { build } from './lib/build.mjs';
import { repositoryRoot } from './lib/paths.mjs';

console.log('> building');
await build('@doorcall/example-orders');
const { status } = spawnSync(
  'pnpm',
  ['--silent', '--filter', '@doorcall/example-orders', 'run', 'quickstart', ...process.argv.slice(2)],
  { cwd: repositoryRoot, stdio: 'inherit' },
);
process.exit(status ?? 1);
