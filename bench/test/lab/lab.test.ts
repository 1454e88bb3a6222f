import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Latencies } from '@doorcall/load';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LabResults, readResults, type SuiteName, suiteNames } from '../../src/lab/results.js';

// The built program: its processes are started by file name.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lab-test-'));
  file = join(directory, 'results.json');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function start(...arguments_: string[]) {
  const child = spawn(process.execPath, [cli, ...arguments_], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, ...output }));
  return { child, output, ended };
}

const quick = ['--rounds', '1', '--window', '30'];
const few = ['--transport', 'doorcall-gen,net-unix'];

/** Pids of this run's server processes. */
function serversOf({ pid }: ChildProcess): number[] {
  const childrenOf = (parent: number): number[] => {
    const path = `/proc/${parent}/task/${parent}/children`;
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  };
  return childrenOf(pid!).filter((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('server-program');
    } catch {
      return false;
    }
  });
}

const figuresOf = ({ trials }: LabResults, transport: string) =>
  trials.filter((trial) => trial.transport === transport).map(({ figures }) => figures);

describe('a run of the lab', () => {
  it('measures every suite, and writes what report and compare read', async () => {
    const points = [
      '--payload',
      '0,64,65536',
      '--concurrency',
      '1,4',
      '--rate',
      '100',
      '--clients',
      '1,2',
      '--busy',
      '0',
    ];
    const { code, stdout, stderr } = await start('all', ...quick, ...few, ...points, '--json', file).ended;
    expect(code, stderr).toBe(0);
    const results = readResults(file);
    expect([...new Set(results.trials.map(({ suite }) => suite))].sort()).toEqual([...suiteNames].sort());
    expect(results).toMatchObject({ rounds: 1, interrupted: false });
    // What a connection weighs may be lost in what the processes give back.
    const others = results.gaps;
    for (const { figure } of others) expect(figure).toBe('memoryKiBPerConnection');
    expect(results.command).toContain('bench -- all --rounds 1');
    for (const suite of suiteNames) expect(stdout).toContain(`${suite}`);
    // Of the 100 calls of the open loop.
    expect(stdout).toContain('– p99 needs 10 calls beyond it, so 1\u202f000 in a round: there were ');
    const callsShare = new Map<number, number>();
    for (const { suite, point, figures, calls, latencies, transport, generator } of results.trials) {
      expect(['doorcall-gen', 'net-unix']).toContain(transport);
      expect(figures.p50Us).toBeGreaterThan(0);
      expect(figures.p99Us).toBeGreaterThanOrEqual(figures.p50Us!);
      if (suite === 'mixed') {
        expect(calls).toBeGreaterThanOrEqual(1_000);
        expect(figures).not.toHaveProperty('clientCpuUsPerCall');
      }
      if (suite === 'openloop') {
        // Where the machine itself stands still at the very end, some never start.
        expect(calls! + generator!.neverStarted).toBe(100);
        expect(generator!.due).toBe(100);
        expect(generator!.latenessMaxUs).toBeGreaterThanOrEqual(generator!.latenessP99Us);
      }
      if (suite === 'latency') {
        const size = point.payloadBytes!;
        const share = (figures.callsPerSecond! * figures.meanUs!) / 1e6;
        callsShare.set(size, Math.max(share, callsShare.get(size) ?? 0));
      }
      // The percentiles are those of the histogram in the file.
      expect(Latencies.merge([latencies!]).summary()).toMatchObject({ p50Us: figures.p50Us, calls });
    }
    // One call at a time, back to back: nothing but calls is in a window, at any size, unless the CPU went to others between
    // two of them. That does not happen in every window.
    expect([...callsShare.keys()].sort((a, b) => a - b)).toEqual([0, 64, 65_536]);
    for (const [size, share] of callsShare) expect(share, `${size} bytes`).toBeGreaterThan(0.85);
    const figures = (suite: SuiteName, transport: string) =>
      results.trials.find((trial) => trial.suite === suite && trial.transport === transport)!.figures;
    const cost = figures('cost', 'doorcall-gen');
    for (const figure of [
      ...(['firstConnectAndCallMs', 'connectAndCallMs'] as const),
      ...(['clientCpuUsPerCall', 'serverCpuUsPerCall'] as const),
    ]) {
      expect(cost[figure], figure).toBeGreaterThan(0);
    }
    expect(cost.cpuUsPerCall).toBeCloseTo(cost.clientCpuUsPerCall! + cost.serverCpuUsPerCall!, 6);
    expect(cost.idleCpuPercent).toBeGreaterThanOrEqual(0);
    // Two rings of 128 KiB and a page at least, or it is a gap.
    const weights = ['doorcall-gen', 'net-unix'].map(
      (transport) => figures('cost', transport).memoryKiBPerConnection,
    );
    expect(weights[0] ?? Infinity).toBeGreaterThan(2 * 128);
    expect(weights[1] ?? 0).toBeGreaterThanOrEqual(0);
    expect(weights.filter((weight) => weight === undefined)).toHaveLength(others.length);
  }, 240_000);

  it('tells what a transport cannot do, and measures the rest', async () => {
    const options = ['--concurrency', '1,4', '--transport', 'doorcall-gen-sync', '--json', file];
    const { code, stdout } = await start('throughput', ...quick, ...options).ended;
    expect(code).toBe(0);
    const { trials, gaps } = readResults(file);
    expect(trials.map(({ point }) => point.concurrency)).toEqual([1]);
    expect(gaps).toEqual([
      {
        suite: 'throughput',
        point: { concurrency: 4 },
        transport: 'doorcall-gen-sync',
        reason: expect.any(String),
      },
    ]);
    expect(stdout).toContain('Not measured');
  });

  it('ends an open loop at saturation in all rounds, and says why higher rates are missing', async () => {
    const options = ['--rounds', '2', '--rate', '1000,400000,800000', '--transport', 'net-unix'];
    const { code, stdout } = await start('openloop', ...options, '--json', file).ended;
    expect(code).toBe(0);
    const { trials, gaps } = readResults(file);
    const [slow, most, never] = [1_000, 400_000, 800_000];
    expect(trials.map(({ round, point }) => [round, point.ratePerSecond])).toEqual([
      ...[0, 1].flatMap((round) => [slow, most].map((rate) => [round, rate])),
    ]);
    expect(gaps).toEqual([
      {
        suite: 'openloop',
        transport: 'net-unix',
        point: { ratePerSecond: never },
        reason: expect.stringMatching(/^saturated at 400\u202f000\/s, of which it achieved [\d\u202f]+\/s$/),
        saturatedAt: most,
      },
    ]);
    expect(stdout).toMatch(/│ achieved\/s │ 1000\/s │ 400000\/s │ saturated at │/);
    expect(stdout).toMatch(/net-unix: saturated at 400\u202f000\/s/);
    for (const { figures, point } of trials) {
      if (point.ratePerSecond === slow) expect(figures.achievedPerSecond).toBeGreaterThan(0.8 * slow);
      else expect(figures.achievedPerSecond).toBeLessThan(most);
    }
  }, 120_000);

  it('passes each order of a chain on to the second server', async () => {
    const { code } = await start('all', '--suite', 'chain', ...quick, ...few, '--json', file).ended;
    expect(code).toBe(0);
    const results = readResults(file);
    expect(new Set(results.trials.map(({ suite }) => suite))).toEqual(new Set(['chain']));
    // What does not reach the second server is a gap; see stage.test.ts.
    expect(results.gaps).toEqual([]);
    for (const name of ['doorcall-gen', 'net-unix']) expect(figuresOf(results, name)).toHaveLength(1);
  });

  it('keeps what it has when a server dies, shows the gap, and goes on', async () => {
    const options = ['--rounds', '2', '--window', '400', '--payload', '0,64,1024', '--series', 'typed'];
    const { child, output, ended } = start('latency', ...options, '--transport', 'net-unix', '--json', file);
    while (!output.stderr.includes('typed, 64 bytes')) await once(child.stderr, 'data');
    const [server] = serversOf(child);
    process.kill(server!, 'SIGKILL');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const { trials, gaps, interrupted } = readResults(file);
    expect(interrupted).toBe(false);
    const sizes = (round: number) =>
      trials.filter((trial) => trial.round === round).map((trial) => trial.point.payloadBytes);
    expect(sizes(0)).toEqual([0]);
    expect(sizes(1)).toEqual([0, 64, 1024]);
    expect(gaps.map(({ point, round }) => [point?.payloadBytes, round])).toEqual([
      [64, 0],
      [1024, 0],
    ]);
    expect(gaps[0]!.reason).toMatch(/server-0 ended \(SIGKILL\)/);
    expect(stdout).toContain('server-0 ended (SIGKILL)');
  });

  it('stops its processes on Ctrl-C, and saves what was measured', async () => {
    const options = ['--window', '200', '--payload', '0,64', '--series', 'typed', '--transport', 'net-unix'];
    const { child, output, ended } = start('latency', '--rounds', '50', ...options, '--json', file);
    while (!output.stderr.includes('round 2/50 latency net-unix typed, 64')) await once(child.stderr, 'data');
    const before = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && belongsTo(name, child.pid!));
    expect(before.length).toBeGreaterThan(0);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    const { trials, interrupted, gaps } = readResults(file);
    expect(interrupted).toBe(true);
    expect(trials.filter(({ round }) => round === 0)).toHaveLength(2);
    expect(gaps).toEqual([]);
    expect(before.filter((name) => belongsTo(name, child.pid!) || stillRuns(name))).toEqual([]);
  });

  it('says how long it takes, and when it asks for more CPUs than there are', async () => {
    const { child, output, ended } = start('handoff', '--rounds', '1', ...few);
    while (!output.stderr.includes('busy')) await once(child.stderr, 'data');
    child.kill('SIGINT');
    const { stderr } = await ended;
    expect(stderr).toMatch(/^About \d+ (s|min): 2 transports, 4 points, 1 round\.$/m);
    expect(stderr).toMatch(/^Up to 6 processes compute on \d+ CPUs/m);
  });

  it.each([
    [['latencies'], /unknown command 'latencies'\. Did you mean 'latency'\?/],
    [['latancy'], /Did you mean 'latency'\?/],
    [['thruput'], /Did you mean 'throughput'\?/],
    [['open-loop'], /Did you mean 'openloop'\?/],
    [['xyzzy'], /unknown command 'xyzzy'\. Known: smoke, latency, throughput/],
    [['latency', '--transport', 'net-unx'], /Unknown transport 'net-unx'. Did you mean 'net-unix'\?/],
    [['latency', '--payload', '65'], /Unknown payload size '65'/],
    [['latency', '--round', '2'], /unknown option '--round'\s+\(Did you mean --rounds\?\)/],
    [['latency', '--rounds', '0'], /whole number of at least 1/],
    [['latency', '--placement', 'here'], /Allowed choices are free, same, apart/],
    [['latency', '--json', '/no/such/folder/x.json'], /cannot be written \(ENOENT\)/],
  ])('%j is refused with a hint', async (arguments_, hint) => {
    const { code, stderr, stdout } = await start(...arguments_).ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(hint);
    expect(stdout).toBe('');
  });
});

function belongsTo(pid: string, parent: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === `${parent}`;
  } catch {
    return false;
  }
}

function stillRuns(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('-program.js');
  } catch {
    return false;
  }
}
