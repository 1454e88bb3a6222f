export { ATTACHMENT_MODULES } from './attachment-types.js';
export { watchErasedTypes } from './erased.js';
export { printDeclaration, printDocs } from './print.js';
export {
  type MethodTypeTexts,
  type ServiceTypes,
  type TypeOptions,
  typesOfService,
} from './service-types.js';
