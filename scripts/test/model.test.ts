import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios, spare, variants } from '../../packages/native/model/runs.mjs';
import { canProvide } from '../lib/debian.mjs';
import {
  explore,
  isAsExpected,
  modelFolder,
  readReport,
  searchesOf,
  spinPackages,
  tableOf,
} from '../lib/model.mjs';
import { repositoryRoot } from '../lib/paths.mjs';

const script = path.join(repositoryRoot, 'scripts', 'check-model.mjs');
const read = (...names: string[]) => readFileSync(path.join(repositoryRoot, ...names), 'utf8');
const all = [...variants, ...spare];

/** One that is quick. */
const fence = { ...variants[0]!, memories: ['tso'] };

describe.skipIf(!canProvide(spinPackages))(
  'the model of the wake protocol (needs spin: apt install spin)',
  () => {
    it('holds, and breaks without any of its fences, orderings and re-checks', { timeout: 600_000 }, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/\n\d+ as expected, 0 not; /);
      expect(stdout).not.toContain('WRONG');
      for (const { name } of all) expect(stdout).toContain(`BUG_${name} `);
      expect(status).toBe(0);
    });

    it('is not believed of a variant that changes nothing', async () => {
      const [search] = searchesOf({ ...fence, name: 'nothing_of_the_kind', scenario: 'sync' });
      const outcome = await explore(search.defines);
      expect(outcome).toMatchObject({ flaw: undefined, states: expect.any(Number) });
      expect(isAsExpected(search, outcome)).toBe(false);
    });

    it('is not believed of a variant that breaks another rule than it should', async () => {
      const [search] = searchesOf(fence);
      const outcome = await explore(search.defines);
      expect(outcome.flaw).toBe('lost_wake_up');
      expect(isAsExpected(search, outcome)).toBe(true);
      expect(isAsExpected({ ...search, flaw: 'rung_twice' }, outcome)).toBe(false);
      expect(isAsExpected({ ...search, flaw: undefined }, outcome)).toBe(false);
    });

    it('is not believed when its bounds are too small', async () => {
      const { flaw } = await explore(['TSO', 'MESSAGES_0=1', 'BUFFER=1']);
      expect(flaw).toBe('buffer_too_small');
    });

    it('says when it cannot be run', async () => {
      expect((await explore(['TSO', 'CAPACITY=nothing'])).problem).toBeDefined();
    });
  },
);

describe('what a search says', () => {
  const whole = 'State-vector 176 byte, depth reached 9, errors: 0\n   12 states, stored\n';

  it('counts only when it has come to its end', () => {
    expect(readReport(whole)).toEqual({ flaw: undefined, states: 12 });
    expect(readReport('').problem).toContain('no report');
    expect(readReport(`error: max search depth too small\n${whole}`).problem).toContain('not whole');
    expect(readReport(`Warning: Search not completed\n${whole}`).problem).toContain('not whole');
    expect(readReport(whole.replace('12', '0')).problem).toContain('no report');
  });

  it('names the rule that broke, and any other error as it stands', () => {
    const broken = whole.replace('errors: 0', 'errors: 1');
    expect(readReport(`pan:1: assertion violated  !(rung_twice) (at depth 3)\n${broken}`).flaw).toBe(
      'rung_twice',
    );
    expect(readReport(`pan:1: invalid end state (at depth 3)\n${broken}`).flaw).toContain(
      'invalid end state',
    );
  });

  it('is a line of the table, marked when it is not as expected', () => {
    const searches = [fence, { scenario: 'sync', memories: ['cpp'] }].flatMap(searchesOf);
    const { line } = tableOf(searches);
    const holds = { flaw: undefined, states: 1234 };
    expect(line(searches[0], holds)).toMatch(
      /^WRONG +BUG_fence_of_park .* x86 +fails: lost wake up +1,234 +holds$/,
    );
    expect(line(searches[1], holds)).toMatch(/^ +– +nothing +synchronous call +C\+\+ +holds +1,234 +holds$/);
    expect(line(searches[1], { problem: 'spin died' })).toMatch(/^WRONG .* no answer: spin died$/);
  });
});

describe('the list of variants', () => {
  it('has each macro of the model once, and no other', () => {
    const macros = [
      ...read('packages', 'native', 'model', 'variants.pml').matchAll(/^#define BUG_(\w+) 0$/gm),
    ];
    expect(all.map(({ name }) => name).sort()).toEqual(macros.map(([, name]) => name).sort());
  });

  it('has only macros that the model asks for', () => {
    const model = ['memory', 'parking', 'ring', 'side']
      .map((name) => read(path.relative(repositoryRoot, path.join(modelFolder, `${name}.pml`))))
      .join('\n');
    for (const { name } of all) expect(model).toMatch(new RegExp(`\\b(bug|order)\\(${name}\\)`));
  });

  it('names functions that there are, in the files where they are', () => {
    for (const variant of all) {
      const name = variant.function.split('::').at(-1);
      expect(read('packages', 'native', 'src', variant.file), variant.name).toMatch(
        new RegExp(`\\b${name}\\(`),
      );
    }
  });

  it('is shown by docs/model.md, row by row', () => {
    const page = read('docs', 'model.md');
    const memory: Record<string, string> = { tso: 'x86', cpp: 'C++' };
    const row = (variant: (typeof all)[number]) =>
      `| \`${variant.name}\` | ${variant.removed} | ` +
      `[\`${variant.function}\`](../packages/native/src/${variant.file}) | ` +
      `${variant.memories.map((name) => memory[name]).join(', ')} | ` +
      `${'flaw' in variant ? `\`${variant.flaw}\`` : 'holds'} |`;
    const shown = page
      .split('\n')
      .filter((line) => line.includes('](../packages/native/src/') && /^\| `\w+` \|/.test(line));
    expect(shown).toEqual(all.map(row));
    const when = (short: string[], name: string) => (short.includes(name) ? 'always' : '`--long`');
    for (const { title, short } of Object.values(scenarios) as { title: string; short: string[] }[]) {
      expect(page).toContain(`\n| ${title} | ${when(short, 'tso')} | ${when(short, 'cpp')} |\n`);
    }
  });
});
