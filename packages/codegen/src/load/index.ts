import { watchErasedTypes } from '../types/erased.js';
import { runModule } from './run-module.js';
import { type LoadedService, servicesIn } from './services.js';

export { type LoadedService, serviceName } from './services.js';

/**
 * Runs a contract module and finds the services that it exports, sorted by export name.
 *
 * @param file absolute path; TypeScript or JavaScript, ES module or CommonJS.
 * @throws CodegenError when it cannot be run, exports no service, or one service twice.
 */
export async function loadContracts(file: string): Promise<readonly LoadedService[]> {
  const stop = watchErasedTypes();
  try {
    return servicesIn(await runModule(file), file);
  } finally {
    stop();
  }
}
