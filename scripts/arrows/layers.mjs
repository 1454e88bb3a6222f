// What the sources of a TypeScript package import from each other.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { filesBelow } from '../lib/files.mjs';

/**
 * Asks for each import of each file below a folder what is wrong with it.
 *
 * @param problemOf told the file's name in the folder and `{ specifier, target }`, where `target` is the imported
 * file's name, or undefined for a package; returns a sentence, or undefined
 * @returns violations as sentences, each beginning with file:line, and the graph of files
 */
export function layerViolations(sourceRoot, problemOf) {
  const violations = [];
  const graph = new Map();
  for (const file of filesBelow(sourceRoot, ['.ts', '.mts', '.cts'])) {
    const name = path.relative(sourceRoot, file);
    const targets = [];
    graph.set(name, targets);
    for (const { specifier, line } of importsOf(file)) {
      const target = specifier.startsWith('.') ? fileOf(name, specifier) : undefined;
      if (target !== undefined) targets.push(target);
      const problem = problemOf(name, { specifier, target });
      if (problem === undefined) continue;
      violations.push(`${file}:${line}: ${problem}${target === undefined ? '' : ` (${specifier})`}`);
    }
  }
  return { violations, graph };
}

function fileOf(importer, specifier) {
  return path.posix.join(path.posix.dirname(importer), specifier).replace(/\.(c|m)?js$/, '.$1ts');
}

/** Type-only imports count too: they decide what a reader has to know just as well. */
function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    specifier: fileName,
    line: text.slice(0, pos).split('\n').length,
  }));
}
