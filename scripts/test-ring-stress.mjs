// npm run test:ring-stress -- [--long] [--sanitizer thread|address,undefined] [--records N] [--seed S]
import { parseArgs } from 'node:util';
import { refuse } from './lib/fail.mjs';
import { runRingStress } from './lib/ring-stress.mjs';

const help = `npm run test:ring-stress -- [options]

Sends records through the C++ ring and through whole channels, in threads and in processes, and checks each of them.
  --long              10^9 records in the release build; with a sanitizer 10^7
  --sanitizer NAME    thread, or address,undefined
  --records N         so many instead, spread over all forms
  --seed S            another sequence of sizes (default 1)
Exit code 1 after any violation, 2 for wrong use.`;

function options() {
  try {
    return parseArgs({
      options: {
        long: { type: 'boolean', default: false },
        sanitizer: { type: 'string', default: '' },
        records: { type: 'string' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(`${error.message}\n${help}`);
  }
}

function whole(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) refuse(`--${name} takes a whole number, not ${text}.`);
  return value;
}

const { long, sanitizer, records, seed, help: asked } = options();
if (asked) {
  console.log(help);
  process.exit(0);
}
if (!['', 'thread', 'address,undefined'].includes(sanitizer)) {
  refuse(`--sanitizer is thread or address,undefined, not ${sanitizer}.`);
}
const { passed, failed } = await runRingStress({
  long,
  sanitize: sanitizer,
  seed: whole('seed', seed),
  records: records === undefined ? undefined : whole('records', records),
});
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
