/**
 * Compares what it takes to check the types of programs that use a contract set: by inferred types (`connect` and
 * `serve` take what `defineService` returned) and by generated ones (they take what `doorcall gen` made of it). Both
 * programs call every method and have a handler for each.
 *
 *     node scripts/type-cost.mjs [--methods 3000] [--rounds 3] [--sources] [--assert] [--json FILE]
 *
 * The contracts are a package of their own, of which a program sees the declarations: then it pays for nothing but
 * their types. With `--sources` they are also measured as sources in the program itself, where the contracts, zod's
 * part included, are checked either way, and the bodies of what was generated are parsed.
 *
 * Each measurement is a process of its own, in turns. `--assert` exits with 1 when the generated types take more than
 * half the processor time of the inferred ones. The packages have to be built.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { emitCodec } from '../dist/codec/index.js';
import { CONTRACT, emitServiceFile } from '../dist/emit/index.js';
import { loadContracts } from '../dist/load/index.js';
import { contractSet, useOf } from './type-cost/contract-set.mjs';

const TARGET = 0.5;
const METHODS_PER_SERVICE = 50;
const KINDS = ['inferred', 'generated'];

const { values } = parseArgs({
  options: {
    methods: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    sources: { type: 'boolean', default: false },
    assert: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const services = Math.ceil(Number(values.methods) / METHODS_PER_SERVICE);
const rounds = Number(values.rounds);
const settings = values.sources ? ['declarations', 'sources'] : ['declarations'];

// Within the package, so that imports are found from there.
const build = path.resolve(import.meta.dirname, '../build');
mkdirSync(build, { recursive: true });
const folder = mkdtempSync(path.join(build, 'type-cost-'));
try {
  await writeSet(contractSet(services, METHODS_PER_SERVICE));
  const results = measure();
  report(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** In each setting's folder: `contracts`, and the two programs that use them. */
async function writeSet(set) {
  const sources = path.join(folder, 'sources');
  const declarations = path.join(folder, 'declarations');
  const contracts = path.join(sources, 'contracts');
  for (const name of ['contracts', 'inferred', 'generated'])
    mkdirSync(path.join(sources, name), { recursive: true });
  for (const [name, text] of Object.entries(set.files)) writeFileSync(path.join(contracts, name), text);
  for (const service of set.services) {
    const { name } = service;
    const [{ service: loaded, exportName }] = await loadContracts(path.join(contracts, `${name}.service.ts`));
    const codec = emitCodec(loaded, { typed: true, contract: CONTRACT });
    const contractImport = `./${name}.service.ts`;
    const text = emitServiceFile({
      service: loaded,
      exportName,
      contractImport,
      importExtension: '.js',
      codec,
    });
    writeFileSync(path.join(contracts, `${name}.gen.ts`), text);
    writeFileSync(
      path.join(sources, 'inferred', `${name}.ts`),
      useOf(service, `../contracts/${name}.service.js`),
    );
    writeFileSync(
      path.join(sources, 'generated', `${name}.ts`),
      useOf(service, `../contracts/${name}.gen.js`),
    );
  }
  run('build.mjs', contracts, path.join(declarations, 'contracts'));
  for (const kind of KINDS)
    cpSync(path.join(sources, kind), path.join(declarations, kind), { recursive: true });
}

function measure() {
  const results = Object.fromEntries(settings.map((setting) => [setting, { inferred: [], generated: [] }]));
  for (let round = 1; round <= rounds; round++) {
    for (const setting of settings) {
      for (const kind of KINDS) {
        const result = JSON.parse(run('check.mjs', path.join(folder, setting), kind));
        results[setting][kind].push(result);
        const { total, cpu } = result;
        console.error(
          `round ${round}, ${setting}, ${kind}: ${seconds(total)} s (${seconds(cpu)} s of processors)`,
        );
      }
    }
  }
  return results;
}

/** One of the scripts beside this one, in a process of its own. */
function run(script, ...args) {
  const file = path.join(import.meta.dirname, 'type-cost', script);
  return execFileSync(process.execPath, ['--max-old-space-size=6144', file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 24,
  });
}

function report(results) {
  console.log(
    `${services * METHODS_PER_SERVICE} methods in ${services} services, medians of ${rounds} rounds`,
  );
  const ratios = {};
  for (const setting of settings) {
    const of = (kind, what) => median(results[setting][kind].map((result) => result[what]));
    const row = (title, what, show) => {
      const [inferred, generated] = KINDS.map((kind) => of(kind, what));
      return [
        title.padEnd(18),
        ...[show(inferred), show(generated), (generated / inferred).toFixed(2)].map(column),
      ].join('');
    };
    // Of the processors' time: what else runs on the machine hardly changes it.
    ratios[setting] = of('generated', 'cpu') / of('inferred', 'cpu');
    console.log(
      [
        '',
        [`as ${setting}`.padEnd(18), ...[...KINDS, 'ratio'].map(column)].join(''),
        row('time, s', 'total', seconds),
        row('of it checking, s', 'check', seconds),
        row('processors, s', 'cpu', seconds),
        row('instantiations', 'instantiations', count),
        row('types', 'types', count),
        row('heap, MiB', 'memoryMiB', count),
      ].join('\n'),
    );
  }
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ ratios, results }, null, 2)}\n`);
  if (values.assert && ratios.declarations > TARGET) {
    console.error(
      `generated types take ${ratios.declarations.toFixed(2)} of the time of inferred ones, not ${TARGET}`,
    );
    process.exitCode = 1;
  }
}

function column(text) {
  return text.padStart(14);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(2);
}

function count(value) {
  return Math.round(value).toLocaleString('en');
}
