// The short forms of the tests on each supported Node, with the addon that was built for the running one: Node-API
// promises that it fits all of them.
import path from 'node:path';
import { build } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { refuse } from './lib/fail.mjs';
import {
  columns,
  columnsNamed,
  isWhole,
  runColumn,
  tableOf,
  versionProblem,
  versions,
} from './lib/node-matrix.mjs';
import { findNode } from './lib/node-versions.mjs';

const help = `npm run test:node-matrix -- [options] [major or version ...]

Runs ${columns.join(', ')} on Node ${Object.values(versions).join(', ')}, and prints a table.
  --only FORM[,FORM]  some of them, by their first word
Exit code 1 when a test fails, and when a version could not be fetched: the table says which; 2 for wrong use.`;

const { values, positionals } = readCommandLine({
  help,
  options: { only: { type: 'string' } },
  positionals: true,
});
const wanted = positionals.length > 0 ? positionals : Object.keys(versions);
const problem = wanted.map(versionProblem).find((sentence) => sentence !== undefined);
if (problem !== undefined) refuse(problem);
const shown = columnsOrRefusal(values.only);

await build('@doorcall/core', '@doorcall/load', '@doorcall/cli', '@doorcall/example-orders');

const rows = [];
for (const major of wanted) {
  const version = versions[major] ?? major;
  const bin = findNode(version);
  if (bin === undefined) {
    rows.push({ version, missing: 'could not be fetched' });
    continue;
  }
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const counts = {};
  for (const column of shown) {
    console.log(`\n> Node ${version}: ${column}`);
    counts[column] = await runColumn(column, version, env);
  }
  rows.push({ version, counts });
}
console.log(`\n${tableOf(rows, shown)}`);
process.exit(isWhole(rows, shown) ? 0 : 1);

function columnsOrRefusal(only) {
  try {
    return columnsNamed(only);
  } catch (error) {
    return refuse(`--only: ${error.message}`);
  }
}
