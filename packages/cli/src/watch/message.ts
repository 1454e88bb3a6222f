import type { SettingsRequest } from '@doorcall/codegen';
import type { GenOptions } from '../gen/options.js';

/** What the watching process gives the one that generates. */
export interface Task {
  readonly request: SettingsRequest;
  readonly options: GenOptions;
}

/** What the generating process tells when it ends. Paths are absolute. */
export interface RunEnd {
  readonly ok: boolean;
  /** What the outcome depends on: the configuration, the contracts, and what they import. */
  readonly files: readonly string[];
  /** The paths and globs that named the contracts; undefined when the run did not come that far. */
  readonly patterns?: readonly string[];
}
