// What `npm run test:node-matrix` runs on each Node, and its table.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './paths.mjs';
import { isOlder } from './requirements.mjs';
import { runVitest } from './vitest-tests.mjs';

/** A run is only comparable when the versions are; they move by an edit here. */
export const versions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/** Why a major or version cannot be tried, as a sentence; undefined when it can. */
export function versionProblem(name) {
  if (!/^\d+(\.\d+){0,2}$/.test(name)) return `${name} is no version of Node.`;
  const { engines } = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8'));
  const oldest = /^>=(\d+)\.(\d+)$/.exec(engines.node).slice(1).map(Number);
  return isOlder(versions[name] ?? name, oldest)
    ? `Node ${name} is not supported: package.json's engines say ${engines.node}.`
    : undefined;
}

const projects = (...names) => names.map((name) => `--project=${name}`);

/** By column of the table. What measures runs one file at a time. */
const forms = {
  'unit and process tests': projects('core', 'native', 'codegen', 'load', 'cli', 'orders'),
  faults: projects('faults'),
  leaks: [...projects('leaks'), '--no-file-parallelism'],
  overload: [...projects('overload'), '--no-file-parallelism'],
};

export const columns = Object.keys(forms);

/** @returns the columns that are called so, or all. @throws Error naming one that there is not */
export function columnsNamed(names) {
  if (names === undefined) return columns;
  return names.split(',').map((name) => {
    const column = columns.find((each) => each === name || each.split(' ')[0] === name);
    if (column === undefined) throw new Error(`there is no ${name}: ${columns.join(', ')}`);
    return column;
  });
}

/** @returns counts of a column's tests, run with this environment */
export function runColumn(column, name, env) {
  return runVitest(forms[column], { name: `node-${name}-${column.split(' ')[0]}`, env });
}

/**
 * @param rows { version, counts: { [column]: { passed, failed } } }, or { version, missing: why nothing ran }
 * @returns a table in Markdown
 */
export function tableOf(rows, shown) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(['Node', ...shown]),
    line(['---', ...shown.map(() => '---')]),
    ...rows.map(({ version, counts, missing }) =>
      line([version, ...shown.map((column) => missing ?? told(counts[column]))]),
    ),
  ].join('\n');
}

function told(counts) {
  if (counts.passed + counts.failed === 0) return 'nothing ran';
  return `${counts.passed} passed, ${counts.failed} failed`;
}

/** Whether every column of every row has run and none has failed. */
export function isWhole(rows, shown) {
  return rows.every(
    ({ counts }) =>
      counts !== undefined &&
      shown.every((column) => counts[column].passed > 0 && counts[column].failed === 0),
  );
}
