import { describe } from '../../contract/descriptor.js';
import { serviceOf } from '../../contract/service-of.js';
import { type AnyService, type ServiceInternals, serviceSymbol } from '../../contract/types.js';
import type { ServiceCodec } from '../codec.js';
import { GeneratedCodec } from './generated-codec.js';
import type { GeneratedParts } from './parts.js';

/** Key of what was generated for a service. Two copies of the package must find it. */
const partsSymbol: unique symbol = Symbol.for('doorcall.generated') as never;

interface Generated {
  readonly [partsSymbol]?: GeneratedParts;
}

/**
 * A contract with the code that was generated for it: to be passed to `connect` and `serve` in its place.
 * @throws TypeError when the code was generated for another state of the contract.
 */
export function generatedService<Service extends AnyService>(
  contract: AnyService,
  parts: GeneratedParts,
): Service {
  const internals = serviceOf(contract);
  const { name, methods } = internals;
  if (describe(contract).fingerprint !== parts.fingerprint) {
    throw new TypeError(
      `the generated code of service '${name}' is not of its contract as it is now: run \`doorcall gen\``,
    );
  }
  const service: Record<PropertyKey, unknown> = Object.create(null);
  for (const method of methods) service[method.name] = method;
  service[serviceSymbol] = withCallbacks(internals, parts);
  service[partsSymbol] = parts;
  return Object.freeze(service) as unknown as Service;
}

/** Callbacks are a service of their own. Their code has the hash of the whole, which was generated at once. */
function withCallbacks(internals: ServiceInternals, { codec, callbacks }: GeneratedParts): ServiceInternals {
  const own = internals.callbacks;
  if (own === undefined || callbacks === undefined) return internals;
  const { fingerprint } = describe(own);
  return Object.freeze({
    ...internals,
    callbacks: generatedService(own, { fingerprint, codec, methods: callbacks }),
  });
}

/** The hash of a service's generated codec; undefined when it has none. */
export function codecHashOf(service: AnyService): string | undefined {
  return (service as Generated)[partsSymbol]?.codec;
}

const codecs = new WeakMap<AnyService, ServiceCodec>();

/** The generated codec of a service; the same one each time. */
export function generatedCodecOf(service: AnyService): ServiceCodec | undefined {
  const parts = (service as Generated)[partsSymbol];
  if (parts === undefined) return undefined;
  let codec = codecs.get(service);
  if (codec === undefined) {
    codec = new GeneratedCodec(service, parts);
    codecs.set(service, codec);
  }
  return codec;
}
