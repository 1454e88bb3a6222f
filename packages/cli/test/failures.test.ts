import { describe, expect, it } from 'vitest';
import { contract, project } from '../../codegen/test/load/support/project.js';
import { doorcall } from './support/command.js';

describe('wrong usage', () => {
  it.each([
    [['gen', '--ckeck'], "unknown option '--ckeck'\n(Did you mean --check?)"],
    [['gne'], "unknown command 'gne'\n(Did you mean gen?)"],
    [['gen', '--import-extension', 'js'], 'Allowed choices are .js, .ts, none'],
    [['gen', '--watch', '--check'], "option '--watch' cannot be used with option '--check'"],
    [['gen'], 'no contract is named and there is no doorcall.config.ts'],
    [[], 'Usage: doorcall'],
  ])('%j', (args, message) => {
    const { exitCode, stdout, stderr } = doorcall(project({}).folder, ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('help', () => {
  it.each([[['--help']], [['gen', '--help']]])('%j tells the exit codes', (args) => {
    const { exitCode, stdout } = doorcall(project({}).folder, ...args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Exit codes:\n  0  done');
  });

  it('tells the version', () => {
    expect(doorcall(project({}).folder, '--version')).toMatchObject({ exitCode: 0, stdout: '0.0.0\n' });
  });
});

describe('a contract that cannot be loaded', () => {
  const failure = (text: string) => {
    const made = project({ 'src/orders.ts': text });
    const { exitCode, stdout, stderr } = doorcall(made.folder, 'gen', 'src/orders.ts');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    return stderr.replaceAll(made.folder, '<folder>');
  };

  it('throws: the place is shown, and nothing of ours', () => {
    expect(failure("\nthrow new RangeError('not today');\n")).toMatch(
      /^doorcall: src\/orders\.ts: it could not be loaded: RangeError: not today\n\s+at [^\n]*<folder>\/src\/orders\.ts:2:\d+\)?\n$/,
    );
  });

  it('throws later than it was loaded', () => {
    const later = "setImmediate(() => { throw new Error('too late'); });\nawait new Promise(() => {});\n";
    expect(failure(later)).toContain('Error: too late');
  });

  it('never ends loading', () => {
    expect(failure('await new Promise(() => {});\n')).toBe(
      'doorcall: src/orders.ts: it never finishes loading: nothing settles its top-level await\n',
    );
  });

  it('exports nothing', () => {
    expect(failure('export {};\n')).toContain('no service is exported');
  });
});

describe('a contract with something in it that cannot travel', () => {
  const made = () =>
    project({
      'bad.service.ts': contract('bad', { input: 'z.object({ items: z.array(z.symbol()) })' }),
      'good.service.ts': contract('good'),
    });

  it('is told with file, method and path; other services are generated', () => {
    const { exitCode, stdout, stderr } = doorcall(made().folder, 'gen', '*.service.ts');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^bad\.service\.ts: error: bad\.place, input items\[\]: .+\n {2}.+\n$/);
    expect(stdout).toContain('wrote good.gen.ts\n');
    expect(stdout).not.toContain('bad.gen.ts');
  });

  it('is told to programs', () => {
    const { exitCode, stdout } = doorcall(made().folder, 'gen', '--json', '*.service.ts');
    expect(exitCode).toBe(1);
    const { ok, diagnostics } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(diagnostics).toEqual([
      {
        file: 'bad.service.ts',
        severity: 'error',
        service: 'bad',
        method: 'place',
        side: 'input',
        path: 'items[]',
        reason: expect.any(String),
        hint: expect.any(String),
      },
    ]);
  });
});
