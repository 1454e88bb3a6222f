import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measuresOf, scenarioNames } from '../src/streams/scenarios/index.js';

// The built program: its processes are started by file name.
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function start(...arguments_: string[]) {
  return startIn({}, ...arguments_);
}

function startIn(env: NodeJS.ProcessEnv, ...arguments_: string[]) {
  const child = spawn(process.execPath, [cli, ...arguments_], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, ...output }));
  return { child, ended };
}

/** Resolves when the progress on stderr shows `text`. */
async function shows(child: ChildProcess, text: string): Promise<void> {
  let seen = '';
  for await (const [chunk] of asyncOn(child)) {
    seen += chunk;
    if (seen.includes(text)) return;
  }
}

async function* asyncOn(child: ChildProcess): AsyncGenerator<[string]> {
  while (child.exitCode === null) yield (await once(child.stderr!, 'data')) as [string];
}

interface Descendant {
  pid: number;
  commandLine: string;
}

/** All processes below this one. */
function descendants(pid: number): Descendant[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children === '') return [];
    return children.split(' ').flatMap((text) => {
      const child = Number(text);
      const commandLine = readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: child, commandLine }, ...descendants(child)];
    });
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

describe('bench smoke', () => {
  it('measures in fresh processes and writes what it found', async () => {
    const file = join(directory, 'result.json');
    const { ended } = start(
      ...['smoke', '--rounds', '1', '--transport', 'net-unix,child-ipc-advanced'],
      ...['--scenario', 'pingpong,idle100', '--json', file],
    );
    const { code, stdout, stderr } = await ended;
    expect(stderr).toContain('round 1: pingpong net-unix');
    expect(code).toBe(0);
    expect(stdout).toContain('child-ipc-advanced: a connection is a child process of its own');
    const { environment, noise, results, gaps } = JSON.parse(readFileSync(file, 'utf8'));
    // Before the round, and before each scenario.
    expect(noise).toMatchObject({ trusted: expect.any(Boolean), reasons: expect.any(Array) });
    expect(noise.spinSpreadPercent).toBeGreaterThan(0);
    expect(stdout).toMatch(/The machine was quiet|DO NOT TRUST THESE FIGURES/);
    expect(environment).toMatchObject({ node: process.version, cores: expect.any(Number) });
    expect(
      results.map((result: { scenario: string; transport: string }) => [result.scenario, result.transport]),
    ).toEqual([
      ['pingpong', 'child-ipc-advanced'],
      ['pingpong', 'net-unix'],
      ['idle100', 'net-unix'],
    ]);
    for (const result of results) {
      expect(result.calls).toBeGreaterThan(0);
      expect(result.p50Us).toBeGreaterThan(0);
      expect(result.p99Us).toBeGreaterThanOrEqual(result.p50Us);
      expect(result.cpuUsPerCall).toBeGreaterThan(0);
    }
    expect(gaps).toEqual([
      {
        transport: 'child-ipc-advanced',
        scenario: 'idle100',
        reason: 'a connection is a child process of its own',
      },
    ]);
  });

  it('keeps the rest when a server dies in the middle, and shows the gap', async () => {
    const file = join(directory, 'result.json');
    const { child, ended } = start(
      ...['smoke', '--rounds', '1', '--transport', 'net-unix,node-http-tcp'],
      ...['--scenario', 'pingpong', '--json', file],
    );
    await shows(child, 'warm-up node-http-tcp');
    // The first server is the one of net-unix, which is idle now.
    const server = descendants(child.pid!).find(({ commandLine }) => commandLine.includes('server-program'))!;
    process.kill(server.pid, 'SIGKILL');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/net-unix: server ended \(SIGKILL\)\n {4}in pingpong \(round 1\)/);
    const { results } = JSON.parse(readFileSync(file, 'utf8'));
    expect(results.map((result: { transport: string }) => result.transport)).toEqual(['node-http-tcp']);
  });

  it('stops its processes on SIGINT and says that the figures are partial', async () => {
    const { child, ended } = start(
      'smoke',
      '--rounds',
      '9',
      '--transport',
      'net-unix',
      '--scenario',
      'busy2',
    );
    await shows(child, 'busy2 net-unix');
    const below = descendants(child.pid!);
    expect(below.length).toBeGreaterThanOrEqual(2);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(below.filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  it('fails an assertion that cannot be judged', async () => {
    const { ended } = start(
      ...['smoke', '--assert', '--rounds', '1', '--transport', 'net-unix', '--scenario', 'pingpong'],
    );
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('No target was judged');
  });
});

describe('bench smoke with doorcall', () => {
  it('measures both ways to call, and what idle connections cost', async () => {
    const file = join(directory, 'result.json');
    const { ended } = start(
      ...['smoke', '--rounds', '1', '--transport', 'doorcall,doorcall-sync'],
      ...['--scenario', 'inflight64,idle100', '--json', file],
    );
    const { code } = await ended;
    expect(code).toBe(0);
    const { results, gaps, loopLateness } = JSON.parse(readFileSync(file, 'utf8'));
    expect(results.map(({ scenario, transport }: Record<string, string>) => [scenario, transport])).toEqual([
      ['inflight64', 'doorcall'],
      ['idle100', 'doorcall'],
      ['idle100', 'doorcall-sync'],
    ]);
    // What a connection weighs has its two rings of 128 KiB in it, as in the lab, or the processes became smaller.
    for (const { scenario, memoryKiBPerConnection = Infinity } of results) {
      if (scenario === 'idle100') expect(memoryKiBPerConnection).toBeGreaterThan(2 * 128);
    }
    const cannot = gaps.filter(({ scenario }: { scenario: string }) => scenario === 'inflight64');
    expect(cannot).toEqual([expect.objectContaining({ transport: 'doorcall-sync' })]);
    expect(loopLateness).toEqual([expect.objectContaining({ transport: 'doorcall' })]);
  });
});

describe('bench codec', () => {
  const contestants = ['generated', 'json-zod', 'msgpackr-compiled', 'msgpackr-zod'];

  it('measures in fresh processes, judges, and writes what it found', async () => {
    const file = join(directory, 'result.json');
    const { ended } = start(
      ...['codec', '--rounds', '1', '--contestant', contestants.join(), '--payload', 'telemetry,login'],
      ...['--assert', '--json', file],
    );
    const { code, stderr } = await ended;
    expect(stderr).toContain('round 1: warm-up msgpackr-zod');
    expect(stderr).toContain('round 1: telemetry');
    const { environment, results, means, gaps, targets } = JSON.parse(readFileSync(file, 'utf8'));
    expect(environment).toMatchObject({ node: process.version });
    expect(gaps).toEqual([]);
    expect(
      results.map(({ payload, contestant }: Record<string, string>) => `${payload}/${contestant}`),
    ).toEqual(['login', 'telemetry'].flatMap((payload) => contestants.map((name) => `${payload}/${name}`)));
    for (const result of results) {
      expect(result.bytes).toBeGreaterThan(40);
      expect(result.encodeUs).toBeGreaterThan(0);
      expect(result.totalUs).toBeGreaterThan(0);
      expect(result.timesGenerated).toBeGreaterThan(0);
    }
    expect(means).toHaveLength(4);
    const judged = targets.filter(({ outcome }: { outcome: string }) => outcome !== 'not in this run');
    expect(judged).toHaveLength(2 * 4);
    // How fast it is here is not this test's business; that the exit code says what the verdicts say is.
    const missed = judged.filter(({ outcome }: { outcome: string }) => outcome === 'missed');
    expect(code).toBe(missed.length === 0 ? 0 : 1);
    for (const { target } of missed) expect(stderr).toContain(`missed: ${target}`);
  });

  it('keeps the rest when a contestant dies in the middle, and shows the gap', async () => {
    const file = join(directory, 'result.json');
    const { child, ended } = start(
      ...['codec', '--rounds', '1', '--contestant', 'json-zod,msgpackr-zod', '--payload', 'login'],
      ...['--json', file],
    );
    await shows(child, 'warm-up msgpackr-zod');
    // The first process is the one of json-zod, which waits for its turn.
    const trial = descendants(child.pid!).find(({ commandLine }) => commandLine.includes('trial-program'))!;
    process.kill(trial.pid, 'SIGKILL');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/json-zod: process ended \(SIGKILL\)\n {4}in login \(round 1\)/);
    const { results } = JSON.parse(readFileSync(file, 'utf8'));
    expect(results.map(({ contestant }: { contestant: string }) => contestant)).toEqual(['msgpackr-zod']);
  });

  it('stops its processes on SIGINT and says that the figures are partial', async () => {
    const { child, ended } = start('codec', '--rounds', '9', '--contestant', 'json-zod');
    await shows(child, 'round 1: login');
    const below = descendants(child.pid!);
    expect(below).toHaveLength(1);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(below.filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  it('fails an assertion that cannot be judged', async () => {
    const { code, stderr } = await start(
      ...['codec', '--assert', '--rounds', '1', '--contestant', 'json-zod', '--payload', 'login'],
    ).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('No target was judged');
  });
});

describe('bench streams', () => {
  it.each(scenarioNames)('has figures of everything in %s', async (scenario) => {
    const file = join(directory, 'result.json');
    const { code, stderr } = await start(
      ...['streams', '--quick', '--rounds', '1', '--scenario', scenario, '--json', file, '--assert'],
    ).ended;
    expect(stderr).toContain(`round 1: ${scenario} measuring`);
    const { environment, rounds, placement, results, gaps, targets } = JSON.parse(readFileSync(file, 'utf8'));
    expect(environment).toMatchObject({ node: process.version });
    expect(rounds).toBe(1);
    expect(placement).toBe('free');
    expect(gaps).toEqual([]);
    expect(results.map(({ measure }: { measure: string }) => measure)).toEqual(measuresOf(scenario));
    for (const { operations, perSecond } of results) {
      expect(operations).toBeGreaterThan(0);
      expect(perSecond).toBeGreaterThan(0);
    }
    const judged = targets.filter(({ outcome }: { outcome: string }) => outcome !== 'not in this run');
    expect(judged.length).toBeGreaterThan(0);
    // How fast it is here is not this test's business; that the exit code says what the verdicts say is.
    const missed = judged.filter(({ outcome }: { outcome: string }) => outcome === 'missed');
    expect(code).toBe(missed.length === 0 ? 0 : 1);
    for (const { target } of missed) expect(stderr).toContain(`missed: ${target}`);
    for (const { value } of judged) expect(value).toBeGreaterThan(0);
  });

  it.runIf(availableParallelism() >= 2)('puts server and client apart', async () => {
    const file = join(directory, 'result.json');
    const options = ['streams', '--quick', '--rounds', '1', '--scenario', 'blobWhole1m', '--json', file];
    const { child, ended } = start(...options, '--placement', 'apart');
    await shows(child, 'blobWhole1m measuring');
    const cpus = descendants(child.pid!)
      .filter(({ commandLine }) => commandLine.includes('party-program'))
      .map(
        ({ pid }) => /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!,
      );
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const { server, client } = report.cpus;
    expect(report.placement).toBe('apart');
    expect(stdout).toContain(`the server ran on CPU ${server} and the client on CPU ${client}`);
    expect(new Set(cpus)).toEqual(new Set([`${server}`, `${client}`, cpus.find((list) => list.length > 1)]));
    expect(report.gaps).toEqual([]);
    expect(report.results).toHaveLength(measuresOf('blobWhole1m').length);
  });

  it('says what a placement needs that cannot be had', async () => {
    const { code, stderr } = await startIn({ PATH: directory }, 'streams', '--placement', 'apart').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/--placement apart needs (`taskset`|two CPUs)/);
  });

  it('keeps the rest when a party dies in the middle, and shows the gap', async () => {
    const file = join(directory, 'result.json');
    const { child, ended } = start(
      ...['streams', '--quick', '--rounds', '1', '--scenario', 'inline64k', '--json', file],
    );
    await shows(child, 'warm-up net-unix');
    // The first is a process of the default codec, which waits for its turn.
    const party = descendants(child.pid!).find(({ commandLine }) => commandLine.includes('party-program'))!;
    process.kill(party.pid, 'SIGKILL');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/doorcall: client ended \(SIGKILL\)\n {4}in inline64k \(round 1\)/);
    const { results } = JSON.parse(readFileSync(file, 'utf8'));
    expect(results.map(({ measure }: { measure: string }) => measure)).toEqual([
      ...['doorcall-gen', 'net-unix', 'net-unix-data'],
    ]);
  });

  it('stops its processes on SIGINT and says that the figures are partial', async () => {
    const { child, ended } = start('streams', '--scenario', 'stream64k');
    await shows(child, 'stream64k warm-up doorcall-gen');
    const below = descendants(child.pid!);
    expect(below.length).toBeGreaterThanOrEqual(2);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(below.filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  it('lists what there is', async () => {
    const { code, stdout } = await start('streams', '--help').ended;
    expect(code).toBe(0);
    for (const option of ['--json', '--assert', '--rounds', '--quick', '--placement', '--scenario']) {
      expect(stdout).toContain(option);
    }
    for (const scenario of scenarioNames) {
      expect(stdout).toContain(`\n  ${scenario}`);
      for (const measure of measuresOf(scenario)) expect(stdout).toContain(`\n    ${measure} `);
    }
  });
});

describe('bench waiting', () => {
  it('runs every policy in a cell', async () => {
    const file = join(directory, 'result.json');
    const { ended } = start(
      ...['waiting', '--rounds', '1', '--quick', '--cells', 'chain/20/5/0', '--json', file],
    );
    const { code, stderr } = await ended;
    expect(stderr).toContain('1 cells × 6 policies × 1 rounds: about');
    expect(code).toBe(0);
    const { results, gaps, verdict } = JSON.parse(readFileSync(file, 'utf8'));
    expect(gaps).toEqual([]);
    expect(results.map(({ policy }: { policy: string }) => policy)).toEqual([
      ...['default', 'park', 'fixed', 'grow-shrink', 'fixed-cpu', 'grow-shrink-cpu'],
    ]);
    for (const result of results) {
      // Two handlers of 5 µs each have to be in every call.
      expect(result.p50Us).toBeGreaterThan(8);
      expect(result.cpuUsPerCall).toBeGreaterThan(8);
    }
    expect(verdict.cells).toHaveLength(1);
  });

  it('needs five rounds for a verdict', async () => {
    const { code, stderr } = await start('waiting', '--assert', '--rounds', '4').ended;
    expect(code).toBe(1);
    expect(stderr).toContain('at least 5 rounds');
  });
});

describe('the help', () => {
  it.each([
    [[]],
    [['smoke']],
    [['latency']],
    [['all']],
    [['codec']],
    [['streams']],
    [['report']],
    [['guard']],
  ])('of %j has the exit codes', async (command) => {
    const { code, stdout } = await start(...command, '--help').ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Exit codes: 0 /m);
  });
});

describe('what cannot be understood', () => {
  it.each([
    [['smok'], "unknown command 'smok'", "Did you mean 'smoke'?"],
    [['smoke', '--asert'], "unknown option '--asert'", 'Did you mean --assert?'],
    [['smoke', '--transport', 'undici-tpc'], "Unknown transport 'undici-tpc'", "Did you mean 'undici-tcp'?"],
    [['codec', '--contestant', 'msgpackr'], "Unknown contestant 'msgpackr'", "Did you mean 'msgpackr-"],
    [['codec', '--payload', 'page,logn'], "Unknown payload 'logn'", "Did you mean 'login'?"],
    [['smoke', '--scenario', 'ping'], "Unknown scenario 'ping'", "Did you mean 'pingpong'?"],
    [['streams', '--scenario', 'stream10'], "Unknown scenario 'stream10'", "Did you mean 'stream100'?"],
    [['streams', '--scenario', 'x'], "Unknown scenario 'x'", 'Known: stream100, stream64k'],
    [['streams', '--placement', 'together'], 'Allowed choices are free, apart', ''],
    [['smoke', '--rounds', 'many'], 'whole number', ''],
    [['smoke', '--json', '/nowhere/at/all.json'], 'cannot be written (ENOENT)', ''],
    [['waiting', '--cells', 'pair/0/5/7'], "No cell is called 'pair/0/5/7'", 'Did you mean'],
  ])('%j is refused with a hint', async (arguments_, message, hint) => {
    const { code, stderr } = await start(...arguments_).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
