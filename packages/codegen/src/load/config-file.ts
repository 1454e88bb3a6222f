import { existsSync } from 'node:fs';
import path from 'node:path';
import { CodegenError } from '../codegen-error.js';
import { type Config, checkConfig } from '../config.js';
import { runModule } from './run-module.js';

const NAMES = ['doorcall.config.ts', 'doorcall.config.mts', 'doorcall.config.js', 'doorcall.config.mjs'];

/** The nearest configuration file in a folder or above it; undefined where there is none. */
export function findConfigFile(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = NAMES.map((name) => path.join(at, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
    if (path.dirname(at) === at) return undefined;
  }
}

/** @throws CodegenError when it cannot be run or is no configuration. */
export async function loadConfigFile(file: string): Promise<Config> {
  const exports = await runModule(file);
  if (!('default' in exports)) {
    throw new CodegenError('config', 'it has no default export; write `export default defineConfig({ … })`', {
      file,
    });
  }
  return checkConfig(exports.default, file);
}
