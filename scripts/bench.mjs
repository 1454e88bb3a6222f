// npm run bench -- <arguments of the benchmark>
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';
import { repositoryRoot } from './lib/paths.mjs';

const program = path.join(repositoryRoot, 'bench/dist/cli.js');
if (!existsSync(program))
  console.error('Building the bench first: once, and some minutes on a slow machine.');
await build('@doorcall/bench');
handOver(process.execPath, [program, ...process.argv.slice(2)]);
