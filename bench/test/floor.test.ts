import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Latencies } from '@doorcall/load';
import { describe, expect, it } from 'vitest';
import type { Floor } from '../src/transport.js';
import { loadCallable, transportNames } from '../src/transports.js';

const program = fileURLToPath(new URL('../../packages/native/floor/build/Release/floor', import.meta.url));
const names = transportNames().filter((name) => name.startsWith('floor-'));
const floors = await Promise.all(
  names.map(async (name) => {
    const { transport }: { transport: Floor } = await import(`../src/transports/${name}.ts`);
    return { name, transport };
  }),
);
const never = new AbortController().signal;
/** A watchdog: how soon something happens is the machine's business. */
const PATIENTLY = { timeout: 200_000 };

describe.each(floors)('$name', ({ transport }) => {
  it.each([0, 1, 64, 16_384, 65_536, 1_048_576])('exchanges payloads of %i bytes', async (bytes) => {
    const result = await transport.run({ bytes, durationMs: 20, warmUpMs: 1 }, never);
    expect(result.calls).toBeGreaterThan(0);
    expect(result.elapsedMs).toBeGreaterThanOrEqual(20);
    for (const end of ['client', 'server'] as const) {
      expect(result.cpuUs[end]).toBeGreaterThanOrEqual(0);
      expect(result.contextSwitches[end]).toBeGreaterThanOrEqual(0);
    }
    const summary = Latencies.merge([result.latencies]).summary();
    expect(summary.calls).toBe(result.calls);
    expect(summary.p50Us).toBeGreaterThan(0);
    expect(summary.p999Us).toBeGreaterThanOrEqual(summary.p50Us);
    // The calls follow each other without a gap: their times are the whole of it.
    expect(summary.meanUs * result.calls).toBeCloseTo(result.elapsedMs * 1_000, 0);
  });

  it('says what it is', () => {
    expect(transport.kind).toBe('floor');
    expect(transport.version).toMatch(/^\S+ \d+\.\d+\.\d+/);
    expect(transport.doesLess).toContain('no validation');
  });
});

describe('the floor', () => {
  it('has all its kinds', () => {
    expect(names).toEqual([
      ...['floor-futex', 'floor-pipe', 'floor-ring', 'floor-ring-parked', 'floor-unix-socket'],
    ]);
  });

  it('is nothing that can be connected to', async () => {
    await expect(loadCallable('floor-ring')).rejects.toThrow();
  });

  const ring = floors.find(({ name }) => name === 'floor-ring')!.transport;
  const parked = floors.find(({ name }) => name === 'floor-ring-parked')!.transport;

  it.runIf(availableParallelism() >= 2)('stays on the CPUs that it is given', async () => {
    const [server, client] = cpus();
    const load = { bytes: 64, durationMs: 200, warmUpMs: 1 };
    const child = spawn(program, [
      ...['pipe', '--duration-ms=60000', `--server-cpu=${server}`, `--client-cpu=${client}`],
    ]);
    try {
      const below = await serverOf(child);
      await expect.poll(() => cpusOf(below), PATIENTLY).toBe(String(server));
      await expect.poll(() => cpusOf(child.pid!), PATIENTLY).toBe(String(client));
    } finally {
      await end(child, 'SIGTERM');
    }
    // Both on one: neither can be answered while it spins, so each exchange is two switches at least.
    const same = await ring.run({ ...load, cpus: { server: server!, client: server! } }, never);
    expect(same.contextSwitches.client).toBeGreaterThan(same.calls / 2);
  });

  it('sleeps between two messages where it says so', async () => {
    const result = await parked.run({ bytes: 64, durationMs: 100, warmUpMs: 1 }, never);
    expect(result.contextSwitches.client).toBeGreaterThan(result.calls / 2);
    expect(result.contextSwitches.server).toBeGreaterThan(result.calls / 2);
  });

  it('ends with its signal, and says so', async () => {
    const stop = new AbortController();
    const running = ring.run({ bytes: 0, durationMs: 60_000, warmUpMs: 0 }, stop.signal);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('leaves nothing behind on %s', async (signal) => {
    const child = spawn(program, ['futex', '--duration-ms=60000']);
    const server = await serverOf(child);
    await end(child, signal);
    expect(child.signalCode).toBe(signal);
    expect(existsSync(`/proc/${server}`)).toBe(false);
  });

  it('ends with who started it', async () => {
    const code = `const child = require('node:child_process').spawn(${JSON.stringify(program)}, ['ring', '--duration-ms=60000']);
      console.log(child.pid); setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = await once(starter.stdout, 'data');
    const client = Number(String(printed));
    const server = await serverOf({ pid: client });
    await end(starter, 'SIGKILL');
    await expect.poll(() => [client, server].filter(runs), PATIENTLY).toEqual([]);
  });

  it('says when the end that answers dies', async () => {
    const child = spawn(program, ['ring', '--duration-ms=60000'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    process.kill(await serverOf(child), 'SIGKILL');
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(said).toBe('floor: the process that answers was killed\n');
  });

  it('fails with what the program says', async () => {
    const cpus = { server: 0, client: 1023 };
    await expect(ring.run({ bytes: 0, durationMs: 1, warmUpMs: 0, cpus }, never)).rejects.toThrow(
      'cannot run on CPU 1023',
    );
  });

  it.each([
    [[], 'no kind is given'],
    [['ringg'], 'no such kind: ringg'],
    [['ring', 'pipe'], 'more than one kind: pipe'],
    [['ring', '--bytes', 'many'], '--bytes has to be a whole number from 0 to 67108864: many'],
    [['ring', '--bytes', '-1'], '--bytes has to be'],
    [['ring', '--bytes', '67108865'], '--bytes has to be'],
    [['ring', '--duration-ms', '0'], '--duration-ms has to be a whole number from 1'],
    [['ring', '--speed', '9'], "unrecognized option '--speed'"],
  ])('refuses %j', (args, message) => {
    try {
      execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
      expect.unreachable();
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      expect(stderr).toContain(message);
      expect(stderr).toContain('--help says what there is');
      expect(status).toBe(2);
    }
  });

  it('lists what there is', () => {
    const help = execFileSync(program, ['--help'], { encoding: 'utf8' });
    for (const name of names) expect(help).toContain(`  ${name.replace('floor-', '')} `);
    for (const option of ['bytes', 'duration-ms', 'warm-up-ms', 'server-cpu', 'client-cpu', 'help']) {
      expect(help).toContain(`  --${option} `);
    }
  });
});

/** The process that the program has forked, once it is there. */
async function serverOf({ pid }: Pick<ChildProcess, 'pid'>): Promise<number> {
  let server = '';
  await expect
    .poll(() => {
      server = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      return server;
    }, PATIENTLY)
    .not.toBe('');
  return Number(server);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Whether the process is there and no zombie. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function cpusOf(pid: number): string | undefined {
  return /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

/** Two CPUs that this process may use. */
function cpus(): number[] {
  const allowed: number[] = [];
  for (const range of cpusOf(process.pid)!.split(',')) {
    const [first, last = first] = range.split('-').map(Number);
    for (let cpu = first!; cpu <= last!; cpu++) allowed.push(cpu);
  }
  return allowed.slice(0, 2);
}
