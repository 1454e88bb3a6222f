// The short forms of the tests on each supported Node, with the addon that was built for the running one: Node-API
// promises that it fits all of them.   npm run test:node-matrix [-- [--only FORM[,FORM]] [major ...]]
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './lib/build.mjs';
import { fail } from './lib/fail.mjs';
import { columns, columnsNamed, isWhole, runColumn, tableOf, versions } from './lib/node-matrix.mjs';
import { findNode } from './lib/node-versions.mjs';

const help = `npm run test:node-matrix -- [options] [major or version ...]

Runs ${columns.join(', ')} on Node ${Object.values(versions).join(', ')}, and prints a table.
  --only FORM[,FORM]  some of them, by their first word
Exit code 1 when a test fails, and when a version could not be fetched: the table says which.`;

function options() {
  try {
    const { values, positionals } = parseArgs({
      options: { only: { type: 'string' }, help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return { ...values, shown: columnsNamed(values.only), positionals };
  } catch (error) {
    return fail(`${error.message}\n${help}`);
  }
}

const { shown, help: asked, positionals } = options();
if (asked) {
  console.log(help);
  process.exit(0);
}
console.log('> building');
await build('@doorcall/core', '@doorcall/load', '@doorcall/cli', '@doorcall/example-orders');

const rows = [];
for (const major of positionals.length > 0 ? positionals : Object.keys(versions)) {
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
