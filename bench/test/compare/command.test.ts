import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabResults } from '../../src/lab/results.js';
import { rounds, runOf } from '../lab/made-up.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-compare-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: LabResults | string): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const compare = (...args: string[]) =>
  spawnSync(process.execPath, [cli, 'compare', ...args], { encoding: 'utf8' });

const latency = (transport: string, ...values: number[]) =>
  rounds('latency', { series: 'bytes', payloadBytes: 1024 }, transport, 'p50Us', values);
const fast = runOf([...latency('doorcall', 2, 2.1, 1.9, 2), ...latency('undici-tcp', 100, 101, 99, 100)]);
const slow = runOf([...latency('doorcall', 4, 4.1, 3.9, 4), ...latency('undici-tcp', 100, 101, 99, 100)]);

describe('bench compare', () => {
  it('exits with 1 when something got slower, and shows what and by how much', () => {
    const json = join(directory, 'out.json');
    const { status, stdout, stderr } = compare(file('a.json', fast), file('b.json', slow), '--json', json);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /latency +│ bytes, 1 KiB +│ doorcall +│ p50 .*2\.00 µs.*4\.00 µs.*2\.00 × \(1\.86–2\.16\).*SLOWER/,
    );
    expect(stdout).toContain('1 of 2 figures got significantly slower');
    expect(stdout).toContain('slowdown (95 %)');
    expect(stdout).not.toContain('DIFFER');
    expect(stderr).toBe(`Written: ${json}\n`);
    const report = JSON.parse(readFileSync(json, 'utf8'));
    expect(report).toMatchObject({ format: 'doorcall-lab-comparison', slower: 1, margin: 0.05 });
    expect(report.comparisons[0]).toMatchObject({
      transport: 'doorcall',
      before: 2,
      after: 4,
      verdict: 'slower',
    });
  });

  it('concludes nothing from fewer rounds than give 95 %, and says so', () => {
    const few = (factor: number) =>
      runOf([
        ...latency('doorcall', 2 * factor, 2.1 * factor, 1.9 * factor),
        ...latency('undici-tcp', 100, 101, 99, 100),
      ]);
    const { status, stdout } = compare(file('a.json', few(1)), file('b.json', few(9)));
    expect(stdout).toContain('slowdown (90–95 %)');
    expect(stdout).toMatch(/doorcall +│ p50 .*9\.00 × .*few rounds/);
    expect(stdout).toContain('Nothing can be said to have got slower.');
    expect(stdout).toContain('1 of 2 figures lies beyond 5 %, and NOTHING IS CONCLUDED from that');
    expect(stdout).toContain('an interval is sure of 90 % only');
    expect(stdout).toContain(
      '3 rounds: an interval is their whole range, and holds the true value in 90 % of cases',
    );
    expect(stdout).not.toContain('Nothing got significantly slower');
    expect(status).toBe(0);
  });

  it('exits with 0 when nothing did, or within the margin, or not among what was asked for', () => {
    const [a, b] = [file('a.json', fast), file('b.json', slow)];
    expect(compare(a, a).status).toBe(0);
    expect(compare(b, a).status).toBe(0);
    expect(compare(b, a).stdout).toContain('1 got significantly faster');
    expect(compare(a, b, '--margin', '90').status).toBe(0);
    expect(compare(a, b, '--margin', '80').status).toBe(1);
    expect(compare(a, b, '--transport', 'undici-tcp').status).toBe(0);
  });

  it('says when machines, versions and trust differ, and what only one has', () => {
    const other = runOf([...latency('doorcall', 4, 4.1, 3.9), ...latency('zeromq-ipc', 50, 51)], {
      environment: { ...fast.environment, cpu: 'Other CPU', node: 'v22.0.0', date: 'later' },
      noise: { ...fast.noise, trusted: false, reasons: ['load 3.1 before the start'] },
      transports: {
        doorcall: { kind: 'ours', summary: '', version: '2' },
        'zeromq-ipc': { kind: 'peer', summary: '', version: '6' },
      },
      gaps: [{ suite: 'latency', transport: 'undici-tcp', reason: 'died' }],
    });
    const { stdout } = compare(file('a.json', fast), file('b.json', other));
    expect(stdout).toContain('THE ENVIRONMENTS DIFFER\n  processor: Example CPU before, Other CPU after');
    expect(stdout).toContain('Node: v20.20.0 before, v22.0.0 after');
    expect(stdout).toContain('--relative-to');
    expect(stdout).toContain('doorcall: 1.0.0 before, 2 after');
    expect(stdout).toContain('The run after says of itself not to be trusted: load 3.1 before the start.');
    expect(stdout).toContain('only before: latency, undici-tcp (after: died): bytes, 1 KiB');
    expect(stdout).toContain('only after: latency, zeromq-ipc: bytes, 1 KiB');
  });

  it('compares relative to a transport', () => {
    const machine = runOf([
      ...latency('doorcall', 8, 8.4, 7.6, 8),
      ...latency('undici-tcp', 400, 404, 396, 400),
    ]);
    const [a, b] = [file('a.json', fast), file('b.json', machine)];
    expect(compare(a, b).status).toBe(1);
    const { status, stdout } = compare(a, b, '--relative-to', 'undici-tcp');
    expect(status).toBe(0);
    expect(stdout).toContain('before ÷ undici-tcp');
    expect(stdout).toContain('Nothing got significantly slower relative to undici-tcp');
  });

  it('says of two runs with nothing in common what each has measured, and shows no table', () => {
    const other = runOf(rounds('cost', {}, 'net-unix', 'cpuUsPerCall', [30]));
    const [a, b, json] = [file('a.json', fast), file('b.json', other), join(directory, 'out.json')];
    const { status, stdout, stderr } = compare(a, b, '--json', json);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `error: the two runs have nothing in common: no transport at the same point of the same suite.\n  ${a} measured latency of doorcall, undici-tcp\n  ${b} measured cost of net-unix\n`,
    );
    expect(readFileSync(json, 'utf8')).toBe('');
  });

  it('documents its exit codes', () => {
    expect(compare('--help').stdout).toMatch(
      /Exit codes: 0 nothing got slower.*2 bad input, or nothing in common/s,
    );
  });

  it.each([
    [['none.json', 'a.json'], /none\.json: it cannot be read \(ENOENT\)/],
    [['a.json', 'bad.json'], /bad\.json: not JSON/],
    [['a.json', 'v1.json'], /v1\.json: results of version 1/],
    [['a.json'], /missing required argument 'after'/],
    [
      ['a.json', 'a.json', '--relativ-to', 'x'],
      /unknown option '--relativ-to'\s+\(?Did you mean --relative-to\?/,
    ],
    [
      ['a.json', 'a.json', '--relative-to', 'undicci-tcp'],
      /Unknown transport 'undicci-tcp'. Did you mean 'undici-tcp'\?/,
    ],
    [
      ['a.json', 'a.json', '--transport', 'dorcall'],
      /Unknown transport 'dorcall'. Did you mean 'doorcall'\?/,
    ],
    [['a.json', 'a.json', '--suite', 'latncy'], /Unknown suite 'latncy'. Did you mean 'latency'\?/],
    [['a.json', 'a.json', '--suite', 'cost'], /nothing in common/],
    [['a.json', 'a.json', '--margin', 'wide'], /number of at least 0/],
    [['a.json', 'a.json', '--json', '/nowhere/at/all.json'], /cannot be written \(ENOENT\)/],
  ])('exits with 2 for %j', (args, message) => {
    file('a.json', fast);
    file('bad.json', '{');
    file('v1.json', JSON.stringify({ ...fast, version: 1 }));
    const { status, stderr } = compare(
      ...args.map((arg) => (/^\w+\.json$/.test(arg) ? join(directory, arg) : arg)),
    );
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
  });
});
