import type { AnyService } from '@doorcall/core';
import { describe } from '@doorcall/core/contract';
import * as runtime from '@doorcall/core/generated';
import { emitCodec } from './index.js';

/**
 * Generates a service's codec and evaluates it in this process: what a generated file does, without the file.
 * For tests and benchmarks.
 */
export function compileService<Service extends AnyService>(service: Service): Service {
  const { code, imports, methods, callbacks, hash } = emitCodec(service, {
    typed: false,
    contract: 'contract',
  });
  const body = `'use strict';\nconst { ${imports.join(', ')} } = runtime;\n${code}\nreturn { methods: ${methods}, callbacks: ${callbacks} };`;
  const make = new Function('runtime', 'contract', body) as (
    of: typeof runtime,
    contract: AnyService,
  ) => Pick<runtime.GeneratedParts, 'methods' | 'callbacks'>;
  const { fingerprint } = describe(service);
  const parts = { fingerprint, codec: hash, ...make(runtime, service) };
  return runtime.generatedService<Service>(service, parts);
}

/** The same, as the codec alone. */
export function compileCodec(service: AnyService): runtime.ServiceCodec {
  return runtime.generatedCodecOf(compileService(service)) as runtime.ServiceCodec;
}
