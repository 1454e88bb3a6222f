import path from 'node:path';
import { emitCodec } from '../../src/codec/index.js';
import { CONTRACT, emitServiceFile } from '../../src/emit/index.js';
import { loadContracts } from '../../src/load/index.js';

export const contracts = path.join(import.meta.dirname, 'contracts');

/** What is generated, with its real codec, of a contract: of the service of that name, where it has several. */
export async function generatedText(file: string, name?: string): Promise<string> {
  const services = await loadContracts(path.join(contracts, file));
  const loaded = services.find((each) => name === undefined || each.exportName === name);
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
