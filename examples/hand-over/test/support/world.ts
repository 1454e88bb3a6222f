import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { Program } from '../../../support/program.js';

const built = (file: string) => new URL(`../../dist/${file}`, import.meta.url);

/** A supervisor with its two workers, which both serve already. */
export class World {
  private constructor(
    readonly supervisor: Program,
    readonly port: number,
    readonly folder: string,
  ) {}

  static async start(): Promise<World> {
    const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const supervisor = new Program(built('supervisor/main.js'), ['--port=0'], { TMPDIR: folder });
    const [, port] = await supervisor.says(/ready at http:\/\/127\.0\.0\.1:(\d+)\n/);
    const world = new World(supervisor, Number(port), folder);
    const seen = new Set<string>();
    await until(async () => seen.add((await world.get()).worker).size === 2);
    return world;
  }

  /** The last process that a worker was started as. */
  pidOf(worker: string): number {
    const lines = [...this.supervisor.output.matchAll(/(worker-\d+) is pid (\d+)/g)];
    return Number(lines.findLast(([, name]) => name === worker)?.[2]);
  }

  /** Connections that stay open, as a browser's do. */
  agent(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    return agent;
  }

  /** @returns who has answered */
  async get(
    agent?: Agent,
  ): Promise<{ readonly worker: string; readonly pid: number; readonly port: number }> {
    return new Promise((resolve, reject) => {
      const call = request({ port: this.port, host: '127.0.0.1', agent: agent ?? false }, (response) => {
        let text = '';
        const { localPort = 0 } = response.socket;
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const [worker = '', pid] = text.split(' ');
          resolve({ worker, pid: Number(pid), port: localPort });
        });
      });
      call.on('error', reject).end();
    });
  }
}

/** Kills a process that is another's child. Resolves when it runs no more. */
export async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await ended(pid);
}

/** Resolves when a process runs no more; whether its parent has noticed is another matter. */
export function ended(pid: number): Promise<void> {
  return until(() => {
    try {
      return /\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  });
}

export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Looks again and again: for what gives no event. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}
