// Where docs/compatibility.md says that client code breaks, the compiler must say so, and nowhere else.
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { type Row, rowsOf } from './documented-rows.js';

/** Code that uses a type `T` and compiles with the old contract; `Old` is the old type. */
const USES: Readonly<Record<string, string>> = {
  Input: 'const value: T = null! as Old;',
  Output: 'const value: Old = null! as T;',
  // What is assignable all the same, and yet breaks code that is written out.
  'Input: key removed': "const value: T = { a: 'x', b: new Date() };",
  'Input: key removed from a strict object': "const value: T = { a: 'x', b: new Date() };",
  'Input: optional key removed': "const value: T = { a: 'x', b: new Date() };",
  'Input: further keys no longer kept': "const value: T = { a: 'x', more: 1 };",
  'Output: optional key removed': '(null! as T).a;',
  'Output: enum narrowed': "(null! as T) === 'b';",
  'Output: further keys no longer kept': '(null! as T).more;',
};

const FILE = `${import.meta.dirname}/rows.ts`;

/** Lines of a program, which need not be on the disk, that do not compile. */
function linesWithErrors(text: string): ReadonlySet<number> {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, language, ...rest) =>
    name === FILE ? ts.createSourceFile(name, text, language) : getSourceFile(name, language, ...rest);
  host.fileExists = (name) => name === FILE || fileExists(name);
  host.readFile = (name) => (name === FILE ? text : readFile(name));
  const program = ts.createProgram([FILE], options, host);
  const lines = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    if (file?.fileName !== FILE) throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    return file.getLineAndCharacterOfPosition(start ?? 0).line;
  });
  return new Set(lines);
}

/** One line each: code that was written for the old contract, with the old one and with the new one. */
function programOf(side: 'Input' | 'Output', rows: readonly Row[]): string {
  const infer = side === 'Input' ? 'z.input' : 'z.output';
  const lines = rows.flatMap(({ name, before, after }) => {
    const use = USES[`${side}: ${name}`] ?? USES[side];
    const code = (schema: string) =>
      `() => { const old = ${before}; type Old = ${infer}<typeof old>; const it = ${schema}; type T = ${infer}<typeof it>; ${use} };`;
    return [code(before), code(after)];
  });
  return ["import { z } from 'zod';", ...lines].join('\n');
}

describe.each(['Input', 'Output'] as const)('%s', (side) => {
  const rows = rowsOf(side);
  const errors = linesWithErrors(programOf(side, rows));

  test.each(rows.map((row, index) => ({ ...row, index })))('$name', ({ breaks, index }) => {
    const [before, after] = [errors.has(1 + 2 * index), errors.has(2 + 2 * index)];
    expect({ before, after }).toEqual({ before: false, after: breaks.includes('client-code') });
  });
});
