import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../fixtures/half-handshakes.py', import.meta.url));

/** What a peer that never becomes a client sends, or does not. */
export type Conduct = 'silent' | 'garbage' | 'cut' | 'stranger' | 'hello';

/**
 * Connects again and again, so many sockets at a time, and never finishes a handshake.
 * @param times how often; 0 (default) for ever
 */
export function flood(folder: string, conduct: Conduct, atOnce: number, times = 0) {
  const child = spawn('python3', [PROGRAM, folder, conduct, String(atOnce), String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const closed = once(child, 'close');
  const ready = once(child.stdout, 'data');
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  /** @returns how many of its connects were taken */
  const end = async () => {
    child.kill('SIGTERM');
    await closed;
    return Number(/connected (\d+)/.exec(output)?.[1] ?? 0);
  };
  onTestFinished(async () => void (await end()));
  return { ready, exited, end };
}
