// The decoders of generated and default codecs, which are JavaScript: packages/codegen/scripts/fuzz.mjs makes the messages.
import { run } from '../lib/run.mjs';

/** Some seconds' worth. */
const MESSAGES_AT_ONCE = 100_000;

/** @returns how many messages were tried, and what was found */
export async function fuzzCodec({ seconds, seed, collect }) {
  const until = performance.now() + seconds * 1000;
  let messages = 0;
  for (let round = 0; round === 0 || performance.now() < until; round++) {
    const args = ['--messages', String(MESSAGES_AT_ONCE), '--seed', String(seed + round * 1_000_003)];
    const { code, stdout, stderr } = await run(
      process.execPath,
      ['packages/codegen/scripts/fuzz.mjs', ...args, ...(collect ? ['--collect'] : [])],
      { quiet: true },
    );
    if (code !== 0)
      return { tried: messages, findings: [`${stderr}${stdout.split('\n').slice(-6).join('\n')}`] };
    messages += MESSAGES_AT_ONCE;
  }
  console.log(`codec: ${messages} messages`);
  return { tried: messages, findings: [] };
}
