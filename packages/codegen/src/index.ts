// What cannot travel.
export type { Diagnostic } from './codec/index.js';
// Failures, as sentences for people.
export { CodegenError, type CodegenErrorKind } from './codegen-error.js';
// The configuration.
export { type Config, defineConfig, IMPORT_EXTENSIONS, type ImportExtension } from './config.js';
// Comparing contracts.
export {
  type Affected,
  type Break,
  CHANGE_KINDS,
  type Change,
  type ChangeKind,
  type ContractSource,
  type DiffOptions,
  diffContracts,
  ROLLOUTS,
  type Rollout,
  readContracts,
  workingTreeOf,
} from './diff/index.js';
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
export { type ModuleExports, runModule } from './load/run-module.js';
export { type Settings, type SettingsRequest, settingsFor } from './load/settings.js';
// Snapshots of contracts.
export {
  type Contract,
  parseSnapshot,
  SnapshotError,
  snapshotFileName,
  snapshotOf,
} from './snapshot/index.js';
