import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contract, type Project, project } from '../../../codegen/test/load/support/project.js';
import { doorcall } from '../support/command.js';

const AUTHOR = [
  '-c',
  'user.name=test',
  '-c',
  'user.email=test@example.invalid',
  '-c',
  'commit.gpgsign=false',
];

function git(made: Project, ...args: readonly string[]): void {
  execFileSync('git', [...AUTHOR, ...args], { cwd: made.folder, stdio: 'pipe' });
}

/** A repository with one commit of these files. */
function repository(files: Readonly<Record<string, string>>): Project {
  const made = project({ '.gitignore': 'node_modules\n', ...files });
  git(made, 'init', '--quiet');
  commit(made);
  return made;
}

function commit(made: Project): void {
  git(made, 'add', '--all');
  git(made, 'commit', '--quiet', '--message', 'state');
}

const orders = (input: string, imports = '') => contract('orders', { input, imports });
const OLD = orders('z.object({ sku: z.string() })');
const COMPATIBLE = orders('z.object({ sku: z.string(), note: z.string().optional() })');
const BREAKING = orders('z.object({ sku: z.number() })');

/** Only `git:REV:path` needs it, and a folder without git has no revisions. */
const hasGit = spawnSync('git', ['--version']).status === 0;

describe.runIf(hasGit)('doorcall diff', () => {
  it('ends with 0 when nothing breaks, and tells what has changed', () => {
    const made = project({ 'old.ts': OLD, 'new.ts': COMPATIBLE });
    expect(doorcall(made.folder, 'diff', 'old.ts', 'new.ts')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout:
        'old.ts → new.ts\n\n' +
        'compatible (1)\n' +
        '  orders.place input note: optional key added: string | undefined\n',
    });
    expect(doorcall(made.folder, 'diff', 'old.ts', 'old.ts').stdout).toBe('old.ts → old.ts\n\nno change\n');
  });

  it('ends with 1 when something breaks, and tells whom and why', () => {
    const made = project({ 'old.ts': OLD, 'new.ts': BREAKING });
    expect(doorcall(made.folder, 'diff', 'old.ts', 'new.ts')).toEqual({
      exitCode: 1,
      stderr: '',
      stdout:
        'old.ts → new.ts\n\n' +
        'wire-breaking (1)\n' +
        '  orders.place input sku: string → number\n' +
        '      old client × new server: client sends string, server takes number\n' +
        '      new client × old server: client sends number, server takes string\n' +
        '      client code: old code passes string, the new type wants number\n',
    });
  });

  it('tells programs the same as JSON', () => {
    const made = project({
      'old.ts': orders('z.object({ sku: z.string().optional() })'),
      'new.ts': `console.log('noise');\n${orders('z.object({})')}`,
    });
    const { exitCode, stdout } = doorcall(made.folder, 'diff', 'old.ts', 'new.ts', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      old: 'old.ts',
      new: 'new.ts',
      rollout: 'any',
      changes: [
        {
          kind: 'source-breaking',
          service: 'orders',
          method: 'place',
          side: 'input',
          path: 'sku',
          message: 'optional key removed: string | undefined',
          breaks: [{ who: 'client-code', why: "code that passes 'sku' no longer compiles" }],
        },
      ],
    });
  });

  it('leaves out who does not meet', () => {
    const made = project({
      'old.ts': contract('orders'),
      'new.ts': contract('orders').replace('z.void()', 'z.string()'),
    });
    const who = (...flags: readonly string[]) => {
      const { stdout } = doorcall(made.folder, 'diff', 'old.ts', 'new.ts', '--json', ...flags);
      const { changes } = JSON.parse(stdout) as { changes: { breaks: { who: string }[] }[] };
      return changes.flatMap(({ breaks }) => breaks.map((each) => each.who));
    };
    expect(who()).toEqual(['old-client', 'old-server', 'client-code']);
    expect(who('--rollout', 'servers-first')).toEqual(['old-client', 'client-code']);
    expect(who('--rollout', 'clients-first')).toEqual(['old-server', 'client-code']);
  });

  it('compares snapshots, with each other and with modules', () => {
    const made = project({ 'orders.service.ts': OLD });
    doorcall(made.folder, 'gen', 'orders.service.ts');
    expect(doorcall(made.folder, 'diff', 'orders.contract.txt', 'orders.service.ts').stdout).toContain(
      'no change',
    );
    made.write({ 'orders.service.ts': BREAKING });
    expect(doorcall(made.folder, 'diff', 'orders.contract.txt', 'orders.service.ts').exitCode).toBe(1);
  });

  it('compares with a revision: the file of that path as it is now, by default', () => {
    const made = repository({ 'src/orders.service.ts': OLD });
    expect(doorcall(made.folder, 'diff', 'git:HEAD:src/orders.service.ts').stdout).toContain('no change');
    made.write({ 'src/orders.service.ts': BREAKING });
    expect(doorcall(made.at('src'), 'diff', 'git:HEAD:orders.service.ts').exitCode).toBe(1);
    commit(made);
    expect(doorcall(made.folder, 'diff', 'git:HEAD:src/orders.service.ts').exitCode).toBe(0);
    const both = ['git:HEAD:src/orders.service.ts', 'git:HEAD~1:src/orders.service.ts'];
    expect(doorcall(made.folder, 'diff', ...both).stdout).toContain(
      'orders.place input sku: number → string',
    );
  });

  it('runs a module of a revision with its relative imports of that revision, and leaves nothing behind', () => {
    const line = (type: string) =>
      `import { z } from 'zod';\nexport const Line = z.object({ count: ${type} });\n`;
    const made = repository({
      'packages/shop/package.json': '{ "type": "module" }',
      'packages/shop/src/orders.service.ts': orders('Line', "import { Line } from './model/index.js';"),
      'packages/shop/src/model/index.ts': "export * from '../../../shared/line.js';\n",
      'packages/shared/line.ts': line('z.number()'),
    });
    made.write({ 'packages/shared/line.ts': line('z.string()') });
    const before = readdirSync(made.at('packages/shop'));
    const { exitCode, stdout } = doorcall(made.at('packages/shop'), 'diff', 'git:HEAD:src/orders.service.ts');
    expect(stdout).toContain('orders.place input count: number → string');
    expect(exitCode).toBe(1);
    expect(readdirSync(made.at('packages/shop'))).toEqual(before);
  });

  it('leaves nothing behind when a module ends the process', () => {
    const made = repository({
      'orders.ts': `setImmediate(() => { throw new Error('later'); });\n${OLD}\nawait new Promise((done) => setTimeout(done, 60_000));`,
    });
    const { exitCode, stderr } = doorcall(made.folder, 'diff', 'git:HEAD:orders.ts');
    expect(stderr).toContain('later');
    expect(exitCode).toBe(2);
    expect(readdirSync(made.folder).filter((name) => name.startsWith('.doorcall'))).toEqual([]);
  });

  it('reads a snapshot of a revision, also where the contract is gone by now', () => {
    const made = repository({ 'src/orders.service.ts': OLD });
    doorcall(made.folder, 'gen', 'src/orders.service.ts');
    commit(made);
    rmSync(made.at('src'), { recursive: true });
    made.write({ 'orders.ts': COMPATIBLE });
    expect(doorcall(made.folder, 'diff', 'git:HEAD:src/orders.contract.txt', 'orders.ts').exitCode).toBe(0);
    expect(doorcall(made.folder, 'diff', 'git:HEAD:src/orders.service.ts', 'orders.ts').exitCode).toBe(0);
  });
});

describe.runIf(hasGit)('doorcall diff ends with 2 and says why', () => {
  const made = (...args: readonly string[]) =>
    (args.some((each) => each.startsWith('git:')) ? repository : project)({
      'orders.service.ts': OLD,
      'aliased.ts': orders('Line', "import { Line } from '@/model/line';"),
      'broken.ts': `throw new Error('broken on purpose');\n${OLD}`,
      'notes.txt': 'no contract',
      'damaged.contract.txt': 'doorcall contract, format 1\nservice s\nmethod m\n  input text\n',
      'later.contract.txt': 'doorcall contract, format 9\n',
      'sub/.keep': '',
    });

  it.each<[string, readonly string[], string]>([
    ['no argument', [], "missing required argument 'old'"],
    ['too many arguments', ['a', 'b', 'c'], 'too many arguments'],
    [
      'an unknown order',
      ['a', 'b', '--rollout', 'all'],
      'Allowed choices are any, servers-first, clients-first',
    ],
    ['no file', ['nothing.ts', 'orders.service.ts'], 'doorcall: nothing.ts: there is no such file'],
    ['no snapshot', ['nothing.txt', 'orders.service.ts'], 'doorcall: nothing.txt: there is no such file'],
    ['no second contract', ['orders.service.ts'], 'write `doorcall diff git:HEAD:orders.service.ts`'],
    [
      'a file that is none',
      ['notes.txt', 'orders.service.ts'],
      'doorcall: notes.txt: it is neither a module',
    ],
    [
      'a damaged snapshot',
      ['damaged.contract.txt', 'orders.service.ts'],
      "line 4, column 9: 'text' is no shape",
    ],
    ['a later snapshot', ['later.contract.txt', 'orders.service.ts'], 'it is of format 9'],
    ['a contract that throws', ['broken.ts', 'orders.service.ts'], 'broken on purpose'],
    ['one that threw', ['git:HEAD:broken.ts'], 'doorcall: git:HEAD:broken.ts: it could not be loaded'],
    ['half a revision', ['git:HEAD'], "'git:HEAD' is not of the form git:REVISION:path"],
    ['no revision', ['git:nope:orders.service.ts'], "there is no revision 'nope' in "],
    ['an option as a revision', ['git:--all:orders.service.ts'], "there is no revision '--all' in "],
    ['a file that was not there', ['git:HEAD:nothing.ts'], "revision 'HEAD' has no file 'nothing.ts'"],
    [
      'a path alias',
      ['git:HEAD:aliased.ts'],
      "aliased.ts imports '@/model/line', which is neither a relative path",
    ],
  ])('%s', (_, args, message) => {
    const { exitCode, stdout, stderr } = doorcall(made(...args).folder, 'diff', ...args);
    expect(stderr).toContain(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('a path from the root of the repository', () => {
    const { exitCode, stderr } = doorcall(made('git:').at('sub'), 'diff', 'git:HEAD:orders.service.ts');
    expect(stderr).toContain('paths are relative to the current folder, so write ../orders.service.ts');
    expect(exitCode).toBe(2);
  });

  it('a folder that is in no repository', () => {
    const { exitCode, stderr } = doorcall(project({ 'a.ts': OLD }).folder, 'diff', 'git:HEAD:a.ts');
    expect(stderr).toContain('not a git repository');
    expect(exitCode).toBe(2);
  });

  it('as JSON, too', () => {
    const { exitCode, stdout } = doorcall(made('git:').folder, 'diff', 'git:nope:a.ts', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: { kind: 'config', message: expect.stringContaining("there is no revision 'nope'") },
    });
  });
});
