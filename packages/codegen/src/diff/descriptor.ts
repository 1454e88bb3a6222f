import type { ServiceDescriptor } from '@doorcall/core/contract';
import type { Contract } from '../snapshot/index.js';

/** A contract as core takes it where fingerprints do not matter. */
export function descriptorOf({ callbacks, ...contract }: Contract): ServiceDescriptor {
  return { ...contract, fingerprint: '', ...(callbacks && { callbacks: descriptorOf(callbacks) }) };
}
