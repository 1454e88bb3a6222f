/**
 * The text of generated files, byte for byte, with a codec that stands for any. `UPDATE_GOLDEN=1` writes what is
 * generated in place of what is expected.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EmittedCodec } from '../../src/codec/index.js';
import { emitServiceFile } from '../../src/emit/index.js';
import { loadContracts } from '../../src/load/index.js';

const folder = import.meta.dirname;

/** Of a service with any number of methods. */
const codec: EmittedCodec = {
  code: 'function w0(w: Writer, v: unknown): void {\n  if (v !== 0) bail();\n}',
  imports: ['bail'],
  typeImports: ['Writer'],
  methods: '[\n  { input: { write: w0 } },\n]',
  hash: '0123456789abcdef',
  diagnostics: [],
};

async function emit(file: string, exportName: string): Promise<string> {
  const services = await loadContracts(path.join(folder, 'contracts', file));
  const loaded = services.find((each) => each.exportName === exportName);
  if (loaded === undefined) throw new Error(`${file} exports no ${exportName}`);
  const { service } = loaded;
  return emitServiceFile({
    service,
    exportName,
    contractImport: `../contracts/${file}`,
    importExtension: '.js',
    codec,
  });
}

describe('the generated file', () => {
  test.each([
    ['shop.service.ts', 'shop'],
    ['chat.service.ts', 'chat'],
    ['files.service.ts', 'files'],
    ['names.service.ts', 'default'],
    ['names.service.ts', 'bail'],
  ])('of %s, %s', async (file, exportName) => {
    const text = await emit(file, exportName);
    const golden = path.join(folder, 'expected', `${file.split('.')[0]}-${exportName}.gen.ts`);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('names no folder of this machine', async () => {
    expect(await emit('shop.service.ts', 'shop')).not.toContain(path.resolve(folder, '../../..'));
  });
});
