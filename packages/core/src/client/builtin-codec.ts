import type { ServiceCodec } from '../codec/codec.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { health } from '../health/health.js';

let codec: ServiceCodec | undefined;

/** Built-in methods write every key by name: the versions of both sides may differ. */
export function builtinCodec(): ServiceCodec {
  codec ??= createMsgpackCodec(health, { named: true });
  return codec;
}
