import { type AnyService, type ServiceInternals, serviceSymbol } from './types.js';

/** What the framework reads from a service definition. @throws TypeError when it is none. */
export function serviceOf(service: AnyService): ServiceInternals {
  const internals = (service as AnyService | undefined | null)?.[serviceSymbol];
  if (internals === undefined) throw new TypeError('not a service definition: make one with defineService');
  return internals;
}
