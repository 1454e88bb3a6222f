// npm run fuzz: bytes and memory made by chance, for everything that reads what a peer has written.
import { fuzzCodec } from './fuzz/codec.mjs';
import { fuzzMemory } from './fuzz/memory.mjs';
import { fuzzNative } from './fuzz/native.mjs';
import { readOptions, usage } from './fuzz/options.mjs';
import { build } from './lib/build.mjs';

/** Each ends after so many seconds and returns what it has found: sentences. */
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
  process.exit(2);
}
if (options.help) {
  console.log(usage(Object.keys(targets)));
  process.exit(0);
}

await build('@doorcall/core');
const seconds = Math.max(1, Math.floor(options.seconds / options.targets.length));
const findings = [];
console.log(`fuzz: seed ${options.seed}, ${options.targets.length} targets, ${seconds} s each`);
for (const name of options.targets) {
  const found = await targets[name]({ seconds, seed: options.seed, collect: options.collect });
  for (const finding of found) console.error(`\n${name}: ${finding}`);
  findings.push(...found);
}
console.log(`\nfuzz: ${findings.length} findings`);
process.exit(findings.length === 0 ? 0 : 1);
