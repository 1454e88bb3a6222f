// npm run bench -- <arguments of the benchmark>
import { spawnSync } from 'node:child_process';
import { build } from './lib/build.mjs';
import { repositoryRoot } from './lib/paths.mjs';

await build('@doorcall/bench');
const { status } = spawnSync('node', ['bench/dist/cli.js', ...process.argv.slice(2)], {
  cwd: repositoryRoot,
  stdio: 'inherit',
});
process.exit(status ?? 1);
