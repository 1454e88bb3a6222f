/**
 * Compares the cost of type-checking a contract set by inferred types (`connect` and `serve` take what `defineService`
 * returned) with that by generated types (they take what `doorcall gen` made of it). Both programs contain the
 * contracts, a call and a handler of every method.
 *
 *     node scripts/type-cost.mjs [--methods 3000] [--rounds 5] [--assert] [--json FILE]
 *
 * Each measurement is a process of its own, in turns. `--assert` exits with 1 when the generated types take more than
 * half the time of the inferred ones. The package has to be built.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { emitCodec } from '../dist/codec/index.js';
import { emitServiceFile } from '../dist/emit/index.js';
import { loadContracts } from '../dist/load/index.js';
import { contractSet, useOf } from './type-cost/contract-set.mjs';

const TARGET = 0.5;
const METHODS_PER_SERVICE = 50;

const { values } = parseArgs({
  options: {
    methods: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '5' },
    assert: { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const services = Math.ceil(Number(values.methods) / METHODS_PER_SERVICE);
const rounds = Number(values.rounds);

// Within the package, so that imports are found from there.
const build = path.resolve(import.meta.dirname, '../build');
mkdirSync(build, { recursive: true });
const folder = mkdtempSync(path.join(build, 'type-cost-'));
try {
  await writeSet(folder, contractSet(services, METHODS_PER_SERVICE));
  const results = measure(folder);
  report(results);
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}

async function writeSet(root, set) {
  for (const name of ['contracts', 'inferred', 'generated']) mkdirSync(path.join(root, name));
  for (const [name, text] of Object.entries(set.files))
    writeFileSync(path.join(root, 'contracts', name), text);
  for (const service of set.services) {
    const { name } = service;
    const [loaded] = await loadContracts(path.join(root, 'contracts', `${name}.service.ts`));
    const text = emitServiceFile({
      service: loaded.service,
      exportName: loaded.exportName,
      contractImport: `./${name}.service.ts`,
      importExtension: '.js',
      codec: emitCodec(loaded.service, { typed: true, contract: 'contract' }),
    });
    writeFileSync(path.join(root, 'contracts', `${name}.gen.ts`), text);
    writeFileSync(
      path.join(root, 'inferred', `${name}.ts`),
      useOf(service, `../contracts/${name}.service.js`),
    );
    writeFileSync(path.join(root, 'generated', `${name}.ts`), useOf(service, `../contracts/${name}.gen.js`));
  }
}

function measure(root) {
  const results = { inferred: [], generated: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['inferred', 'generated']) {
      const script = path.join(import.meta.dirname, 'type-cost/check.mjs');
      const output = execFileSync(process.execPath, ['--max-old-space-size=6144', script, root, kind], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const result = JSON.parse(output);
      results[kind].push(result);
      process.stderr.write(
        `round ${round + 1} ${kind}: ${seconds(result.total)} s, of it checking ${seconds(result.check)} s\n`,
      );
    }
  }
  return results;
}

function report(results) {
  const of = (kind, what) => median(results[kind].map((result) => result[what]));
  const ratio = (what) => of('generated', what) / of('inferred', what);
  const row = (title, what, show) =>
    `${title.padEnd(16)}${show(of('inferred', what)).padStart(14)}${show(of('generated', what)).padStart(14)}${ratio(what).toFixed(2).padStart(10)}`;
  const count = (value) => Math.round(value).toLocaleString('en');
  console.log(
    [
      `${services * METHODS_PER_SERVICE} methods in ${services} services, medians of ${rounds} rounds`,
      `${''.padEnd(16)}${'inferred'.padStart(14)}${'generated'.padStart(14)}${'ratio'.padStart(10)}`,
      row('total, s', 'total', seconds),
      row('checking, s', 'check', seconds),
      row('instantiations', 'instantiations', count),
      row('types', 'types', count),
      row('heap, MiB', 'memoryMiB', count),
    ].join('\n'),
  );
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ ratio: ratio('total'), results }, null, 2)}\n`);
  }
  if (values.assert && ratio('total') > TARGET) {
    console.error(
      `generated types take ${ratio('total').toFixed(2)} of the time of inferred ones; at most ${TARGET} is wanted`,
    );
    process.exitCode = 1;
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(2);
}
