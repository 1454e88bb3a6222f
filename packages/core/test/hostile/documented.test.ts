import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Role, type Row, rowsOf } from './support/rows.js';

const page = readFileSync(new URL('../../../../docs/reliability.md', import.meta.url), 'utf8');
const lines = (page.split('| what is tried |')[1]?.split('\n\n')[0] ?? '')
  .split('\n')
  .slice(2)
  .map((line) => line.replace(/^\| | \|$/g, '').split(' | '))
  .map(([, client = '', server = '', tests = '']) => ({
    client,
    server: server === 'the same' ? client : server,
    groups: [...tests.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
  }));
const groups = [...new Set(lines.flatMap((line) => line.groups))].sort();

/** How a cell of the table says each outcome. */
const WORDS: Readonly<Record<Row['outcome'], RegExp>> = {
  refused: /refused/,
  closed: /closed/,
  left: /ends (as )?when|given up/,
  answered: /the call/,
  'goes on': /nothing|gets no more/,
};

test('docs/reliability.md names every group of attacks, and no other', () => {
  const tried = [...rowsOf('client'), ...rowsOf('server')].map(({ group }) => group);
  expect(groups).toEqual([...new Set(tried)].sort());
});

describe.each(['client', 'server'] as const)(
  'docs/reliability.md says what becomes of attacks by a %s',
  (role: Role) => {
    const rows = rowsOf(role);
    test.each(groups)('%s', (group) => {
      const cells = lines.filter((line) => line.groups.includes(group)).map((line) => line[role]);
      const outcomes = new Set(rows.filter((row) => row.group === group).map(({ outcome }) => outcome));
      for (const outcome of outcomes)
        expect(
          cells.some((cell) => WORDS[outcome].test(cell)),
          `${outcome}, of ${JSON.stringify(cells)}`,
        ).toBe(true);
      // Nor does it say more of a line than some row of its groups comes to.
      for (const { [role]: cell, groups: named } of lines.filter((line) => line.groups.includes(group))) {
        const came = rows.filter((row) => named.includes(row.group)).map(({ outcome }) => outcome);
        for (const [outcome, words] of Object.entries(WORDS))
          if (words.test(cell)) expect(came, cell).toContain(outcome);
      }
    });
  },
);
