import path from 'node:path';
import ts from 'typescript';

const codegen = path.resolve(import.meta.dirname, '../../..');
const core = path.resolve(codegen, '../core');

/** The compiler's options of this repository, with the packages' sources in place of what is built from them. */
function compilerOptions(): ts.CompilerOptions {
  const file = path.join(codegen, 'tsconfig.json');
  const read = ts.readConfigFile(file, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, codegen);
  return {
    ...options,
    noEmit: true,
    noUnusedLocals: false,
    declaration: false,
    declarationMap: false,
    paths: {
      '@doorcall/core': [path.join(core, 'src/index.ts')],
      '@doorcall/core/zod': [path.join(core, 'src/zod.ts')],
      '@doorcall/core/generated': [path.join(core, 'src/generated.ts')],
      '@doorcall/core/contract': [path.join(core, 'src/contract-tools.ts')],
    },
  };
}

/** A message of the compiler. */
export interface Message {
  /** Absolute path of the file. */
  readonly file: string;
  /** From 0. */
  readonly line: number;
  readonly text: string;
}

/**
 * What the compiler has against some files.
 *
 * @param files text by absolute path; they need not exist, and import what does.
 */
export function compile(
  files: Readonly<Record<string, string>>,
  options: ts.CompilerOptions = {},
): Message[] {
  const allOptions = { ...compilerOptions(), ...options };
  const host = ts.createCompilerHost(allOptions);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => file in files || fileExists(file);
  host.readFile = (file) => files[file] ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = files[file];
    return text === undefined
      ? getSourceFile.call(host, file, ...rest)
      : ts.createSourceFile(file, text, rest[0], true);
  };
  const program = ts.createProgram(Object.keys(files), allOptions, host);
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...Object.keys(files).flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    }),
  ];
  return found.map(({ file, start, messageText }) => ({
    file: file?.fileName ?? '',
    line: file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line,
    text: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }));
}
