import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type ServiceName = 'gateway' | 'orders' | 'inventory';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One of the example's services, running as a process of its own; it does not outlive this one. */
export class ServiceProcess {
  /** What it has written to its standard output so far. */
  readonly lines: string[] = [];
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  private ended = false;
  private errors = '';
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly name: ServiceName,
    private readonly child: ChildProcess,
  ) {
    running.add(child);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.notify();
    });
    child.stderr!.on('data', (chunk) => {
      this.errors += chunk;
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        this.ended = true;
        this.notify();
        resolve(code ?? signal!);
      });
    });
  }

  /** Starts a service and waits until it serves. `args` are its flags. */
  static async start(
    name: ServiceName,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<ServiceProcess> {
    const main = fileURLToPath(new URL(`../../dist/${name}/main.js`, import.meta.url));
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build first`);
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ServiceProcess(name, child);
    await service.line(/: ready at /);
    return service;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Where it listens. */
  get address(): string {
    return this.lines.find((line) => line.includes(': ready at '))!.split(': ready at ')[1]!;
  }

  /** What it has written to its standard error so far. */
  get complaints(): string {
    return this.errors;
  }

  /** Waits for a line, beginning with the line of index `from`. @throws Error when the process ends without it. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const line = this.lines.slice(from).find((candidate) => pattern.test(candidate));
      if (line !== undefined) return line;
      if (this.ended) {
        throw new Error(
          `${this.name} ended before it said ${pattern}\n${this.errors || this.lines.join('\n')}`,
        );
      }
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it with a signal and waits until it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.signal(signal);
    return this.exited;
  }

  private notify(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
