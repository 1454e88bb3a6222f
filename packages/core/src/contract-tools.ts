/** What tools that work on contracts need: the generator, and the check for breaking changes. */
export { leadingToAttachments } from './contract/attachment-shapes.js';
export { type AttachmentKind, attachmentSchemaOf } from './contract/attachments.js';
export { callbacksName } from './contract/define-service.js';
export {
  describe,
  type ErrorDescriptor,
  type MethodDescriptor,
  type ServiceDescriptor,
} from './contract/descriptor.js';
export {
  MAX_DESCRIPTOR_BYTES,
  methodHash,
  parseDescriptor,
  serializeDescriptor,
} from './contract/exchange.js';
export { Fit, type FitRules } from './contract/fit.js';
export { judge } from './contract/judge.js';
export { answeredKind, type MethodKind, streamsInput, streamsOutput } from './contract/method-kind.js';
export { minimize } from './contract/minimize.js';
export { serviceOf } from './contract/service-of.js';
export { literalKind, type ShapeKind, type ShapeNode } from './contract/shape.js';
export { showShape } from './contract/show-shape.js';
export { sendingValidatorOf, validatorOf } from './contract/validate.js';
export { isZodSchema } from './contract/zod-shape.js';
export { showPath } from './errors/issue.js';
