/**
 * Writes the declarations of the modules in a folder as a package would publish them.
 *
 *     node build.mjs <folder> <folder for the declarations>
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { compilerOptions } from './options.mjs';

const [from, to] = process.argv.slice(2);
const files = readdirSync(from).map((name) => path.join(from, name));
const program = ts.createProgram(files, {
  ...compilerOptions,
  noEmit: false,
  // Whether they are right is seen where they are checked.
  noCheck: true,
  declaration: true,
  emitDeclarationOnly: true,
  rootDir: from,
  outDir: to,
});
const { diagnostics, emitSkipped } = program.emit();
if (emitSkipped || diagnostics.length > 0) {
  for (const { messageText } of diagnostics)
    console.error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  process.exit(1);
}
