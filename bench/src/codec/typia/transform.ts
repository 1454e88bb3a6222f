/** Part of the build: compiles `validators.ts` once more, with typia's transformer in the compiler. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { transform } from 'typia/lib/transform';

const source = fileURLToPath(new URL('../../../src/codec/typia/validators.ts', import.meta.url));
const project = fileURLToPath(new URL('../../../tsconfig.build.json', import.meta.url));

const diagnostics: ts.Diagnostic[] = [];
const { config, error } = ts.readConfigFile(project, ts.sys.readFile);
if (error) diagnostics.push(error);
const { options } = ts.parseJsonConfigFileContent(
  config,
  ts.sys,
  fileURLToPath(new URL('../../../', import.meta.url)),
);
const program = ts.createProgram([source], options);
const transformer = transform(program, {}, { addDiagnostic: (one: ts.Diagnostic) => diagnostics.push(one) });
program.emit(program.getSourceFile(source), undefined, undefined, false, { before: [transformer] });
if (diagnostics.length > 0) {
  process.stderr.write(
    ts.formatDiagnostics(diagnostics, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => '\n',
    }),
  );
  process.exitCode = 1;
}
