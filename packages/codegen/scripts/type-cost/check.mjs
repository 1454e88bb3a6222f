/**
 * Checks one program in this process, which does nothing else, and prints what it took as JSON: milliseconds from
 * reading the files to the last message, those of checking alone, and those of processor time.
 *
 *     node check.mjs <folder> <folders within it whose files are the program>
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { compilerOptions } from './options.mjs';

const [folder, ...roots] = process.argv.slice(2);
const files = roots.flatMap((root) =>
  readdirSync(path.join(folder, root)).map((name) => path.join(folder, root, name)),
);

const begun = performance.now();
const cpuBegun = process.cpuUsage();
const program = ts.createProgram(files, compilerOptions);
const created = performance.now();
const found = [
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program.getSyntacticDiagnostics(),
  ...program.getSemanticDiagnostics(),
];
const ended = performance.now();
const cpu = process.cpuUsage(cpuBegun);

if (found.length > 0) {
  const host = {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  process.stderr.write(ts.formatDiagnostics(found.slice(0, 10), host));
  process.exit(1);
}
process.stdout.write(
  JSON.stringify({
    total: ended - begun,
    check: ended - created,
    cpu: (cpu.user + cpu.system) / 1000,
    types: program.getTypeCount(),
    instantiations: program.getInstantiationCount(),
    memoryMiB: process.memoryUsage().heapUsed / 2 ** 20,
  }),
);
