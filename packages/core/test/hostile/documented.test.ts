import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rowsOf } from './support/rows.js';

const page = readFileSync(new URL('../../../../docs/reliability.md', import.meta.url), 'utf8');

test('docs/reliability.md names every group of attacks, and no other', () => {
  const attacks = page.split('| what is tried |')[1]?.split('\n\n')[0] ?? '';
  const named = attacks
    .split('\n')
    .slice(2)
    .flatMap((line) => [...(line.split(' | ')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  const groups = [...rowsOf('client'), ...rowsOf('server')].map(({ group }) => group);
  expect([...new Set(named)].sort()).toEqual([...new Set(groups)].sort());
});
