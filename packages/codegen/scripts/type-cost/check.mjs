/**
 * Checks the types of one folder's programs in this process, which does nothing else, and prints how long it took, in
 * milliseconds, as JSON: parsing and binding included, as a user waits for them, and checking alone.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const [folder, ...roots] = process.argv.slice(2);
const options = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
};
const files = roots.flatMap((root) =>
  readdirSync(path.join(folder, root)).map((name) => path.join(folder, root, name)),
);

const begun = performance.now();
const cpuBegun = process.cpuUsage();
const program = ts.createProgram(files, options);
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
