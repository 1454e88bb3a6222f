import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canPress } from '../src/pressure.js';
import type { RestartResult } from '../src/restarts/restarts.js';
import type { SoakResult } from '../src/result.js';

const program = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'doorcall-soak-test-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** In a group of its own, as a shell starts it, and in a folder of its own. */
function start(name: string, ...args: readonly string[]) {
  const own = folder();
  const child = spawn(process.execPath, [program(name), ...args], {
    cwd: own,
    env: { ...process.env, TMPDIR: own },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output })),
  );
  return {
    child,
    ended,
    get output() {
      return output;
    },
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
    readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** As soon as there is one: it has loaded nothing yet. */
async function firstServerOf(pid: number): Promise<number> {
  for (;;) {
    const first = childrenOf(pid).find((child) => commandLineOf(child).includes('server-program.js'));
    if (first !== undefined) return first;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A watchdog: several processes at once take a busy machine long. */
const PATIENCE_MS = 240_000;

const read = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;

describe('npm run soak', { timeout: PATIENCE_MS }, () => {
  test('for ten seconds: nothing is violated, and the page has everything in it', async () => {
    const [out, json] = [join(folder(), 'soak.html'), join(folder(), 'soak.json')];
    const pressure = canPress() ? [] : ['--no-pressure'];
    const { code, output } = await start(
      'cli.js',
      '--minutes',
      '0.16',
      '--seed',
      '11',
      '--out',
      out,
      '--json',
      json,
      ...pressure,
    ).ended;
    const result = read<SoakResult>(json);
    expect(result.violations, output).toEqual([]);
    expect(code, output).toBe(0);
    expect(output).toContain('No violation: every call is accounted for once');
    expect(result.totals.begun).toBe(
      result.totals.succeeded +
        result.totals.failed +
        result.totals.notExecuted +
        result.totals.sent +
        result.totals.abandoned,
    );
    expect(result.happenings[0]?.what).toBe('server killed');
    const kinds = new Set(result.steps.flatMap(({ times }) => Object.keys(times)));
    for (const kind of [
      'unary',
      'blocking',
      'ordered',
      'stream',
      'blob',
      'descriptor',
      'callback',
      'door',
      'one-way',
    ])
      expect(kinds, output).toContain(kind);
    const page = readFileSync(out, 'utf8');
    expect(
      JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? ''),
    ).toEqual(result);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  test('that is interrupted prints what there was, and leaves no process', async () => {
    const json = join(folder(), 'soak.json');
    const run = start('cli.js', '--minutes', '10', '--no-pressure', '--json', json);
    while (!/\d calls succeeded/.test(run.output)) await new Promise((resolve) => setTimeout(resolve, 50));
    run.child.kill('SIGINT');
    const { code, output } = await run.ended;
    expect(output).toContain('(interrupted)');
    expect(code, output).toBe(130);
    expect(read<SoakResult>(json)).toMatchObject({ interrupted: true, violations: [] });
    // Nobody has said where.
    const [, page] = /^The page: (.*)$/m.exec(output) ?? [];
    expect(page).toMatch(/\/soak\.html$/);
    expect(readFileSync(page as string, 'utf8')).toContain('(interrupted)');
  });

  test('Ctrl-C, which reaches the whole group, while a server is starting is no violation', async () => {
    const run = start('cli.js', '--minutes', '10', '--no-pressure');
    await firstServerOf(run.child.pid as number);
    process.kill(-(run.child.pid as number), 'SIGINT');
    const { code, output } = await run.ended;
    expect(output).toContain('No violation');
    expect(code, output).toBe(130);
  });

  test.each(['is starting', 'is running'])('killed while a server %s leaves no process', async (when) => {
    const run = start('cli.js', '--minutes', '10', '--no-pressure');
    const first = await firstServerOf(run.child.pid as number);
    if (when === 'is running')
      while (!/\d calls succeeded/.test(run.output)) await new Promise((resolve) => setTimeout(resolve, 50));
    const all = new Set([first, ...childrenOf(run.child.pid as number)]);
    run.child.kill('SIGKILL');
    await run.ended;
    while ([...all].some((pid) => existsSync(`/proc/${pid}`)))
      await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test.each([
    [['--minutes', '0'], 'It has to be a number above 0'],
    [['--out', '/nowhere/page.html'], 'It cannot be written (ENOENT)'],
    [['--minuets', '3'], 'Did you mean --minutes?'],
    [['--seed', '1.5'], 'It has to be a whole number'],
  ])('with %j says what is wrong', async (args, words) => {
    const { code, output } = await start('cli.js', ...args).ended;
    expect(code).toBe(2);
    expect(output).toContain(words);
  });
});

describe('npm run test:restarts', { timeout: PATIENCE_MS }, () => {
  test('ten restarts under load: no call fails', async () => {
    const json = join(folder(), 'restarts.json');
    const { code, output } = await start('restarts/cli.js', '--restarts', '10', '--json', json).ended;
    expect(read<RestartResult>(json), output).toMatchObject({ restarts: 10, failed: 0, violationCount: 0 });
    expect(code).toBe(0);
  });
});
