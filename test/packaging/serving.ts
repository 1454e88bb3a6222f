import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Consumer } from './consumer.js';

/** Runs a server program of the consumer while `use` runs; the program ends when its standard input does. */
export async function whileServing(
  consumer: Consumer,
  program: string,
  use: () => void | Promise<void>,
): Promise<void> {
  const server = spawn(process.execPath, [program], {
    cwd: consumer.folder,
    env: consumer.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  try {
    const line = once(createInterface(server.stdout), 'line');
    const first = await Promise.race([line, exited.then(() => [`${program} ended before it served`])]);
    if (first[0] !== 'serving') throw new Error(String(first[0]));
    await use();
  } finally {
    server.stdin.end();
    await exited;
  }
}
