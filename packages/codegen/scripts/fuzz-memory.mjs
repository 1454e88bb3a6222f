// Gives greedy messages to generated decoders in a process with little memory; fails when that is not enough.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

/** What a decoder may use: the program itself takes some 25 MiB of it. */
const HEAP_MIB = 64;
const corpus = fileURLToPath(new URL('../test/fuzz/corpus', import.meta.url));

const child = spawnSync(
  process.execPath,
  [`--max-old-space-size=${HEAP_MIB}`, await bundle('test/fuzz/memory-child.ts'), corpus],
  { stdio: 'inherit' },
);
process.exit(child.status ?? 1);
