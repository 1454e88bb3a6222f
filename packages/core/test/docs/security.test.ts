import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const place = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const page = readFileSync(place('../../../../docs/security.md'), 'utf8');

/** Rows of tables whose last column is headed `test`, without their heads. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const tables = text.match(/(?:^\|.*\|\n)+/gm) ?? [];
  return tables.flatMap((table) => {
    const [head, , ...rows] = table
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    return head?.at(-1) === 'test' ? rows : [];
  });
}

/** Titles of the tests in a file: of TypeScript as they are written there, of C++ their names. */
function titlesOf(file: string): ReadonlySet<string> {
  const source = readFileSync(file, 'utf8');
  if (file.endsWith('.cc'))
    return new Set([...source.matchAll(/^TEST\((\w+)\)/gm)].map(([, name]) => name ?? ''));
  const titles = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(test|it)\b/.test(node.expression.getText(tree))) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text);
    }
    ts.forEachChild(node, visit);
  };
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  visit(tree);
  return titles;
}

/** What is wrong with the last cell of a row. */
function problemOf(cell: string): string | undefined {
  const [, name = '', title = ''] = /^(\S+): (.+)$/.exec(cell) ?? [];
  if (name === '') return 'names no test';
  const file = name.endsWith('.cc') ? place(`../../../native/test/${name}`) : place(`../${name}`);
  if (!existsSync(file)) return `${name} does not exist`;
  return titlesOf(file).has(title) ? undefined : `${name} has no test '${title}'`;
}

describe('docs/security.md', () => {
  const rows = rowsOf(page);

  test('names a test in every row of its tables', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.map((row) => [row[0], problemOf(row.at(-1) ?? '')]).filter(([, problem]) => problem)).toEqual(
      [],
    );
  });

  test('would not get away with one that does not exist', () => {
    expect(problemOf('')).toBe('names no test');
    expect(problemOf('shm/nothing.test.ts: x')).toBe('shm/nothing.test.ts does not exist');
    expect(problemOf('shm/peers.test.ts: is refused by nobody')).toContain('has no test');
    expect(problemOf('os_segment.cc: os_segment_reader')).toContain('has no test');
    expect(rowsOf('| a | test |\n|---|---|\n| b |  |\n')).toEqual([['b', '']]);
  });
});
