import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export type Pressure = 'none' | 'cpu' | 'memory' | 'both';

/** What `stress-ng` is to do: as many busy processes as there are CPUs, or memory that is written again and again. */
const CPU = ['--cpu', String(availableParallelism())];
const MEMORY = ['--vm', '1', '--vm-bytes', '20%', '--vm-keep'];
const ARGUMENTS: Readonly<Record<Exclude<Pressure, 'none'>, readonly string[]>> = {
  cpu: CPU,
  memory: MEMORY,
  both: [...CPU, ...MEMORY],
};

/** In case that nobody is left to end it. */
const LONGEST = '5m';

export const canPress = (): boolean => spawnSync('stress-ng', ['--version']).status === 0;

/** Presses on CPU and memory, as it is told, until it is told otherwise. */
export class Press {
  #child: ChildProcess | undefined;
  kind: Pressure = 'none';

  async change(kind: Pressure): Promise<void> {
    await this.stop();
    this.kind = kind;
    if (kind === 'none') return;
    this.#child = spawn('stress-ng', ['--quiet', '--timeout', LONGEST, ...ARGUMENTS[kind]], {
      stdio: 'ignore',
    });
    this.#child.on('error', () => {});
    process.once('exit', this.#kill);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.kind = 'none';
    process.off('exit', this.#kill);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // It ends its own children then.
    child.kill('SIGTERM');
    await gone;
  }

  readonly #kill = (): void => void this.#child?.kill('SIGTERM');
}
