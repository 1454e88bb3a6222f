import { describe } from '../../src/contract/descriptor.js';
import { serializeDescriptor } from '../../src/contract/exchange.js';
import { serviceOf } from '../../src/contract/service-of.js';
import type { AnyService } from '../../src/contract/types.js';
import type { Hello } from '../../src/transport/transport.js';

/** What an end without client or server above it says of itself. */
export function helloOf(service: AnyService, changes: Partial<Hello> = {}): Hello {
  const descriptor = describe(service);
  return {
    service: serviceOf(service).name,
    fingerprint: descriptor.fingerprint,
    descriptor: serializeDescriptor(descriptor),
    maxMessageBytes: 16 * 1024 * 1024,
    maxInFlight: 0,
    onewayWindow: 0,
    streamWindowBytes: 262_144,
    streamWindowItems: 1_024,
    maxBlobBytes: 268_435_456,
    maxFds: 0,
    ...changes,
  };
}
