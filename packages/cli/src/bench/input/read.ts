import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { runModule } from '@doorcall/codegen';
import { CommandFailure } from '../../terminal/failure.js';
import { type Content, contentOf, type Value } from './values.js';

const MODULE = /\.[cm]?[jt]s$/;
const LINES = /\.(ndjson|jsonl)$/;

/**
 * Reads an input file: JSON, NDJSON, or a module whose default export is a value or an array of values.
 *
 * @param file `-` for standard input
 * @throws CommandFailure when it cannot be read
 */
export async function readInput(file: string): Promise<Content> {
  if (MODULE.test(file)) return await readModule(file);
  const text = await readText(file);
  if (text.trim() === '') throw failure(file, 'it is empty');
  if (LINES.test(file)) return linesOf(file, text);
  try {
    return contentOf(JSON.parse(text));
  } catch (error) {
    // Without a name that says so: several values, each in a line of its own.
    const lines = nonEmptyLines(text);
    if (lines.length > 1 && isJson(lines[0]?.text ?? '')) return linesOf(file, text);
    throw failure(file, `it is no JSON: ${(error as Error).message}${place(text, error as Error)}`);
  }
}

async function readModule(file: string): Promise<Content> {
  const exported = await runModule(path.resolve(file));
  if (!('default' in exported)) {
    throw failure(file, 'it has no default export; write `export default [ … ]`');
  }
  return contentOf(await exported.default);
}

async function readText(file: string): Promise<string> {
  if (file === '-') return await textOf(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw failure(file, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`);
  }
}

function linesOf(file: string, text: string): Content {
  const values = nonEmptyLines(text).map(({ text: line, number }): Value => {
    try {
      return { value: JSON.parse(line), place: `line ${number}` };
    } catch (error) {
      throw failure(file, `line ${number} is no JSON: ${(error as Error).message}`);
    }
  });
  return { kind: 'lines', values };
}

function nonEmptyLines(text: string): readonly { readonly text: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, index) => ({ text: line, number: index + 1 }))
    .filter((line) => line.text.trim() !== '');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** ` (line 3)` where the parser says at which character. */
function place(text: string, { message }: Error): string {
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  if (position === undefined || /line \d+/.test(message)) return '';
  return ` (line ${text.slice(0, Number(position)).split('\n').length})`;
}

export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function failure(file: string, message: string): CommandFailure {
  return new CommandFailure('usage', `${nameOf(file)}: ${message}`);
}
