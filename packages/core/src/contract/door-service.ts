import { attachmentKindOf, type Door } from './attachments.js';
import { describe } from './descriptor.js';
import { serviceOf } from './service-of.js';
import { type AnyService, serviceSymbol } from './types.js';

/** The service that a door of this process serves; undefined for a received door, whose properties are methods, and for all else. */
function servedBy(value: unknown): AnyService | undefined {
  if (attachmentKindOf(value) !== 'door') return undefined;
  const service = (value as Partial<Door>).service as Partial<AnyService> | undefined;
  return service?.[serviceSymbol] === undefined ? undefined : (service as AnyService);
}

/**
 * Why a door of this process cannot be sent where a contract has one to `wanted`; undefined when it can. Methods go by number:
 * called as another service, it would run another method than its caller means. A service that was generated from a contract and
 * the contract's own are one.
 */
export function otherDoor(value: unknown, wanted: AnyService): string | undefined {
  const served = servedBy(value);
  if (served === undefined || served === wanted) return undefined;
  if (describe(served).fingerprint === describe(wanted).fingerprint) return undefined;
  const [is, belongs] = [serviceOf(served).name, serviceOf(wanted).name];
  if (is !== belongs) return `a door to ${is}, where one to ${belongs} belongs`;
  return `a door to another service named ${is} than the contract's: their methods differ`;
}
