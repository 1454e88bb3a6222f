// npm run fuzz: bytes and memory made by chance, for everything that reads what a peer has written.
import { fuzzCodec } from './fuzz/codec.mjs';
import { fuzzMemory } from './fuzz/memory.mjs';
import { fuzzNative } from './fuzz/native.mjs';
import { LEAST_SECONDS, readOptions, usage } from './fuzz/options.mjs';
import { reportOf } from './fuzz/report.mjs';
import { build } from './lib/build.mjs';
import { WRONG_USE } from './lib/fail.mjs';
import { whenInterrupted } from './lib/interrupt.mjs';

/** Each ends after so many seconds, and returns how much it has tried and what it has found: sentences. */
const targets = {
  'handshake-messages': (options) => fuzzNative('handshake-messages', options),
  'handshake-steps': (options) => fuzzNative('handshake-steps', options),
  records: (options) => fuzzNative('records', options),
  channel: (options) => fuzzNative('channel', options),
  codec: fuzzCodec,
  'mutated-client': (options) => fuzzMemory('client', options),
  'mutated-server': (options) => fuzzMemory('server', options),
};

const options = readOptions(process.argv.slice(2), Object.keys(targets));
if (options.problem !== undefined) {
  console.error(`${options.problem}\n\n${usage(Object.keys(targets))}`);
  process.exit(WRONG_USE);
}
if (options.help) {
  console.log(usage(Object.keys(targets)));
  process.exit(0);
}

const results = [];
whenInterrupted(() => {
  const done = results.map(({ name }) => name).join(', ') || 'none';
  console.log(`\n${reportOf(results).line}; interrupted, targets that had come to their end: ${done}`);
});
await build('@doorcall/core');
const seconds = Math.max(LEAST_SECONDS, Math.floor(options.seconds / options.targets.length));
console.log(`fuzz: seed ${options.seed}, ${options.targets.length} targets, ${seconds} s each`);
for (const name of options.targets) {
  const { tried, findings } = await targets[name]({ seconds, seed: options.seed, collect: options.collect });
  for (const finding of findings) console.error(`\n${name}: ${finding}`);
  results.push({ name, tried, findings });
}
const { line, code } = reportOf(results);
console.log(`\n${line}`);
process.exit(code);
