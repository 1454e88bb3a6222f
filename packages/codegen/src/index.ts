// What cannot travel.
export type { Diagnostic } from './codec/index.js';
// Failures, as sentences for people.
export { CodegenError, type CodegenErrorKind } from './codegen-error.js';
// The configuration.
export { type Config, defineConfig, IMPORT_EXTENSIONS, type ImportExtension } from './config.js';
// What becomes of generated files.
export { type ComparedFile, compareFiles, type GeneratedFile, writeFiles } from './files.js';
// Generating.
export { type FileDiagnostic, type Generated, type GenerateOptions, generate } from './generate.js';
// Contracts: found and run.
export { findConfigFile } from './load/config-file.js';
export { contractFiles } from './load/contract-files.js';
export { filesInStack } from './load/files-in-stack.js';
export { trackImportedFiles } from './load/imported-files.js';
export { type LoadedService, loadContracts } from './load/index.js';
export { type Settings, type SettingsRequest, settingsFor } from './load/settings.js';
