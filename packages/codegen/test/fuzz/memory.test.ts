import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/fuzz-memory.mjs', import.meta.url));
const MIB = 1024 * 1024;

// A process that needs more than its limit ends with another exit code than 0.
it('messages that ask for more than they bring take no memory', { timeout: 120_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const { messages, most } = JSON.parse(stdout) as { messages: number; most: number };
  expect(messages).toBeGreaterThan(1000);
  // The largest has 64 KiB, and is given to four decoders.
  expect(most).toBeLessThan(32 * MIB);
});
