// Builds what the orders example needs, then lets it tell its own story.
import { spawnSync } from 'node:child_process';
import { build } from './lib/build.mjs';
import { fail } from './lib/fail.mjs';
import { repositoryRoot } from './lib/paths.mjs';

console.log('> building');
await build('@doorcall/example-orders');
const { status, signal } = spawnSync('node', ['examples/orders/dist/quickstart/main.js'], {
  cwd: repositoryRoot,
  stdio: 'inherit',
});
if (status === null) fail(`the quickstart was ended by ${signal}.`);
process.exit(status);
