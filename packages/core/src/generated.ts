/**
 * What generated code imports. It is of use to nothing else, and its own version's business: code and package have to
 * fit (`doorcall gen` again after an update).
 */
export { type Encoded, REJECTED, type ServiceCodec } from './codec/codec.js';
export { readAny, writeAny } from './codec/generated/any-value.js';
export { bail, reject } from './codec/generated/failure.js';
export { FORMAT } from './codec/generated/format.js';
export { codecHashOf, generatedCodecOf, generatedService } from './codec/generated/generated-service.js';
export type {
  GeneratedParts,
  InputParts,
  MethodParts,
  OutputParts,
  Read,
  Write,
} from './codec/generated/parts.js';
export { Reader } from './codec/generated/reader.js';
export {
  indexOf,
  literalAt,
  noBuiltIn,
  only,
  otherKey,
  othersOf,
  pad,
  plainRecord,
  record,
} from './codec/generated/structure.js';
export { Writer } from './codec/generated/writer.js';
export {
  callbacksOf,
  checked,
  checksOf,
  defaultOf,
  judged,
  judgedAbsent,
  lengthOf,
  matches,
  patternAt,
  schemaAt,
} from './codec/generated/zod-node.js';
export type { StreamReader, StreamSource } from './contract/stream.js';
export type {
  AnyService,
  BidiStreamingMethod,
  CallbackTypesOf,
  ClientStreamingMethod,
  GeneratedService,
  Handler,
  MethodDefinition,
  OnewayMethod,
  ServerStreamingMethod,
  TypesOf,
  UnaryMethod,
} from './contract/types.js';
