// clang-format of the version that the lock file pins, as WebAssembly: the same result on every machine, and nothing to
// install.   node scripts/clang-format.mjs [--write] [path...]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from '@wasm-fmt/clang-format';
import { filesBelow } from './lib/files.mjs';
import { repositoryRoot } from './lib/paths.mjs';

const args = process.argv.slice(2);
const write = args.includes('--write');
const paths = args.filter((arg) => arg !== '--write').map((arg) => path.resolve(arg));
if (paths.length === 0) paths.push(path.join(repositoryRoot, 'packages', 'native'));

const style = readFileSync(path.join(repositoryRoot, '.clang-format'), 'utf8');
const files = paths.flatMap((start) => filesBelow(start, ['.cc', '.h']));
const unformatted = [];
for (const file of files) {
  const source = readFileSync(file, 'utf8');
  const formatted = format(source, file, style);
  if (formatted === source) continue;
  unformatted.push(path.relative(repositoryRoot, file));
  if (write) writeFileSync(file, formatted);
}

console.log(
  `clang-format: ${files.length} files, ${unformatted.length} ${write ? 'rewritten' : 'not formatted'}`,
);
for (const file of unformatted) console.log(`  ${file}`);
if (unformatted.length > 0 && !write) {
  console.log('  `npm run format` rewrites them.');
  process.exit(1);
}
