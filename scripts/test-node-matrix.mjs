// Runs the unit and process tests, and the example's, on the Node versions of the matrix, with the addon that was built
// for the running one: Node-API promises that it fits all of them.   npm run test:node-matrix [-- major ...]
import path from 'node:path';
import { build } from './lib/build.mjs';
import { provideNode } from './lib/node-versions.mjs';
import { runVitest } from './lib/vitest-tests.mjs';

// A run is only comparable when the versions are; they move by an edit here.
const versions = { 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

const majors = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(versions);
console.log('> building');
await build('@doorcall/core', '@doorcall/load', '@doorcall/example-orders');

const total = { passed: 0, failed: 0 };
for (const major of majors) {
  const bin = provideNode(versions[major] ?? major);
  console.log(`\n> Node ${versions[major] ?? major}`);
  const projects = ['core', 'native', 'codegen', 'load', 'cli', 'orders'].map((name) => `--project=${name}`);
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const together = await runVitest(projects, { name: `node-${major}`, env });
  // One file at a time: these measure.
  const measuring = ['--project=overload', '--project=leaks', '--no-file-parallelism'];
  const apart = await runVitest(measuring, { name: `node-${major}-measuring`, env });
  const passed = together.passed + apart.passed;
  const failed = together.failed + apart.failed;
  console.log(`> Node ${major}: ${passed} passed, ${failed} failed`);
  total.passed += passed;
  total.failed += failed + (passed + failed === 0 ? 1 : 0);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
