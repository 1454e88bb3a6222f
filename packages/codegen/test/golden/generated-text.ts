import path from 'node:path';
import { emitCodec } from '../../src/codec/index.js';
import { CONTRACT, emitServiceFile } from '../../src/emit/index.js';
import { loadContracts } from '../../src/load/index.js';

export const contracts = path.join(import.meta.dirname, 'contracts');

/** What is generated, with its real codec, of a contract with one service. */
export async function generatedText(file: string): Promise<string> {
  const [loaded] = await loadContracts(path.join(contracts, file));
  if (loaded === undefined) throw new Error('no contract');
  const { service, exportName } = loaded;
  return emitServiceFile({
    service,
    exportName,
    contractImport: `./${file}`,
    importExtension: '.js',
    codec: emitCodec(service, { typed: true, contract: CONTRACT }),
  });
}
