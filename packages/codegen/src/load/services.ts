import type { AnyService } from '@doorcall/core';
import { CodegenError } from '../codegen-error.js';

/** A service as a contract module exports it. */
export interface LoadedService {
  readonly service: AnyService;
  /** `default` for a default export. */
  readonly exportName: string;
  /** The module. Absolute. */
  readonly file: string;
}

/** By its name and not by an import: the module may use another copy of @doorcall/core. */
const serviceSymbol = Symbol.for('doorcall.service');

/**
 * The services that a module exports, sorted by export name.
 *
 * @throws CodegenError when there are none, or two of one name.
 */
export function servicesIn(
  exports: Readonly<Record<string, unknown>>,
  file: string,
): readonly LoadedService[] {
  const services = Object.keys(exports)
    .sort()
    .map((exportName) => ({ exportName, value: exports[exportName], file }))
    .filter(({ value }) => isService(value))
    .map(({ exportName, value, file }) => ({ exportName, service: value as AnyService, file }));
  if (services.length === 0) throw new CodegenError('load', noService(Object.keys(exports)), { file });

  const seen = new Map<string, string>();
  for (const { service, exportName } of services) {
    const name = serviceName(service);
    const before = seen.get(name);
    if (before !== undefined) {
      throw new CodegenError(
        'load',
        `the service '${name}' is exported twice, as '${before}' and as '${exportName}'; ` +
          'export each service under one name',
        { file },
      );
    }
    seen.set(name, exportName);
  }
  return services;
}

/** What `defineService` was given as its name. */
export function serviceName(service: AnyService): string {
  return (service as unknown as Record<symbol, { readonly name: string }>)[serviceSymbol]?.name as string;
}

function isService(value: unknown): boolean {
  return typeof value === 'object' && value !== null && serviceSymbol in value;
}

function noService(names: readonly string[]): string {
  const exported =
    names.length === 0
      ? 'it exports nothing'
      : `its exports are ${[...names].sort().slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
  return `no service is exported (${exported}); write \`export const orders = defineService('orders', { … })\``;
}
