import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Actor, launch } from '../../process/support/actor.js';
import { temporaryFolder } from '../../shm/support/places.js';

/** Whether this user may give processes real-time priority. */
export const canHurry = spawnSync('chrt', ['-f', '1', 'true']).status === 0;

export interface CrowdOptions {
  /** Real-time priority where that may be given: then waiting for a processor is not part of what is measured. */
  readonly hurried?: boolean;
}

/** A folder of its own with a server of `load` and clients of it, each in a process of its own. */
export class Crowd {
  readonly directory = temporaryFolder();

  async serve(options: object = {}, how: CrowdOptions = {}): Promise<Actor> {
    const server = this.#launch('server.mjs', options, how);
    await server.event('listening');
    return server;
  }

  /** A client that is connected. `clients`: how many of them the process has. */
  async client(options: object = {}, how: CrowdOptions = {}): Promise<Actor> {
    const client = this.unready(options, how);
    await client.tell('ready');
    return client;
  }

  unready(options: object = {}, how: CrowdOptions = {}): Actor {
    return this.#launch('client.mjs', { connectTimeoutMs: 60_000, ...options }, how);
  }

  #launch(fixture: string, options: object, { hurried = false }: CrowdOptions): Actor {
    const plan = { directory: this.directory, ...options };
    const actor = launch(`../../overload/fixtures/${fixture}`, plan, { nodeOptions: ['--expose-gc'] });
    // Its threads to come inherit it; those that it has by now are the main thread's helpers.
    if (hurried && canHurry) spawnSync('chrt', ['--all-tasks', '-f', '-p', '1', String(actor.pid)]);
    return actor;
  }
}

/** The most memory that a process has had since {@link forgetPeak}, in KiB. */
export function peakRssKib(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** The peak is from now on what there is now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
