export { importSpecifier } from './import-specifier.js';
export { CONTRACT, emitServiceFile, type ServiceFileOptions } from './service-file.js';
