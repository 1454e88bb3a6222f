import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rounds, runOf } from '../lab/made-up.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-report-'));
  const trials = rounds('chain', {}, 'doorcall-gen', 'p50Us', [1.234, 1.3, 1.2]);
  writeFileSync(join(directory, 'a.json'), JSON.stringify(runOf(trials)));
  writeFileSync(join(directory, 'bad.json'), '{}');
  writeFileSync(join(directory, 'kept.html'), 'earlier');
  mkdirSync(join(directory, 'folder'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const report = (...args: string[]) =>
  spawnSync(process.execPath, [cli, 'report', ...args], { encoding: 'utf8', cwd: directory });

describe('bench report', () => {
  it('writes one page that asks the network for nothing', () => {
    const { status, stderr } = report('a.json', '--out', 'out.html');
    expect(stderr).toBe('Written: out.html\n');
    expect(status).toBe(0);
    // Without the plotting library, whose text would drown every other message.
    const html = readFileSync(join(directory, 'out.html'), 'utf8').replace(/<script>.*<\/script>/s, '');
    expect(html).toContain('1.23 µs <small>1.20–1.30 µs</small>');
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html).not.toMatch(/url\((?!["']?data:)/);
  });

  it.each([
    [['a.json', '--out', 'none/out.html'], /--out none\/out\.html: It cannot be written \(ENOENT\)/],
    [['a.json', '--out', 'folder'], /cannot be written \(EISDIR\)/],
    // Before any work: the missing file is not even looked for.
    [['none.json', '--out', 'none/out.html'], /cannot be written \(ENOENT\)/],
    [['a.json', '--out', './a.json'], /these are the results, which the page would overwrite/],
    [['a.json'], /--out <file> says where to write the page, and is missing/],
    [['--out', 'out.html'], /missing required argument 'file'/],
    [['a.json', '--outt', 'out.html'], /unknown option '--outt'[\s\S]*Did you mean --out\?/],
    [['none.json', '--out', 'out.html'], /none\.json: it cannot be read \(ENOENT\)/],
    [['a.json', 'bad.json', '--out', 'out.html'], /bad\.json: not a results file of the lab/],
  ])('refuses %j and leaves nothing behind', (args, message) => {
    const { status, stderr } = report(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
    expect(existsSync(join(directory, 'out.html'))).toBe(false);
  });

  it('leaves an earlier page alone when the input is bad', () => {
    expect(report('bad.json', '--out', 'kept.html').status).toBe(1);
    expect(readFileSync(join(directory, 'kept.html'), 'utf8')).toBe('earlier');
  });
});
