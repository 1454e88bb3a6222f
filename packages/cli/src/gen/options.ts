import type { SettingsRequest } from '@doorcall/codegen';

/** The options of `doorcall gen`, as commander parses them. */
export interface GenOptions {
  readonly config?: string;
  readonly out?: string;
  readonly importExtension?: '.js' | '.ts' | 'none';
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly silent?: boolean;
}

/** What was asked for, as @doorcall/codegen takes it. */
export function requestOf(files: readonly string[], options: GenOptions): SettingsRequest {
  const { config, out, importExtension } = options;
  return {
    files,
    ...(config === undefined ? {} : { config }),
    ...(out === undefined ? {} : { out }),
    ...(importExtension === undefined
      ? {}
      : { importExtension: importExtension === 'none' ? '' : importExtension }),
  };
}
