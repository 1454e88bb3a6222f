import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';

/** What an editor has open; it need not be on disk. */
const FILE = fileURLToPath(new URL('./open-in-an-editor.ts', import.meta.url));
const SOURCE = `
import { z } from 'zod';
import { connect, defineService } from '../../src/index.js';

const orders = defineService('orders', {
  /** Places an order. */
  place: { input: z.object({ sku: z.string() }), output: z.object({ id: z.string() }) },
  /** Writes a line into the journal. */
  audit: { input: z.string(), oneway: true },
});
const client = connect(orders);
client.place({ sku: 'A-1' });
client.place.sync({ sku: 'A-1' });
client.audit('opened');
`;

let editor: ts.LanguageService;

beforeAll(() => {
  const core = fileURLToPath(new URL('../../', import.meta.url));
  const { config } = ts.readConfigFile(`${core}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, core);
  editor = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      if (name === FILE) return ts.ScriptSnapshot.fromString(SOURCE);
      return ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, 'utf8')) : undefined;
    },
    getCurrentDirectory: () => core,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === FILE || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
});

const shown = (text: ts.SymbolDisplayPart[] | undefined, tags: ts.JSDocTagInfo[] | undefined) =>
  [
    ts.displayPartsToString(text),
    ...(tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`),
  ].join('\n');

/** What shows when the pointer rests on the last name of `text`. */
function hover(text: string): string {
  const info = editor.getQuickInfoAtPosition(FILE, SOURCE.indexOf(text) + text.length - 1);
  return shown(info?.documentation, info?.tags);
}

/** What shows while the arguments after `text` are typed. */
function help(text: string): string {
  const items = editor.getSignatureHelpItems(FILE, SOURCE.indexOf(text) + text.length, undefined);
  return shown(items?.items[0]?.documentation, items?.items[0]?.tags);
}

test('the program has no errors', () => {
  expect(editor.getSemanticDiagnostics(FILE).map(({ messageText }) => messageText)).toEqual([]);
});

test('an editor shows what the contract says of a method, and what every call returns and throws', () => {
  expect(hover('client.place')).toMatch(/^Places an order\.\n@param args the input[\s\S]*@throws RpcError/);
  expect(hover('client.audit')).toMatch(
    /^Writes a line into the journal\.\n[\s\S]*@returns when the message/,
  );
  expect(hover('client.place.sync')).toMatch(/blocking this thread[\s\S]*client\.ready\(\)/);
});

test('and, while a call is written, what it takes, returns and throws', () => {
  expect(help('client.place(')).toMatch(
    /timeoutMs[\s\S]*@returns the handler's result[\s\S]*@throws RpcError/,
  );
  expect(help('client.place.sync(')).toMatch(
    /blocking this thread[\s\S]*@throws RpcError also FAILED_PRECOND/,
  );
  expect(help('client.audit(')).toMatch(/@param args the input[\s\S]*@throws RpcError/);
});
