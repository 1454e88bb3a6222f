import { closest, distance } from 'fastest-levenshtein';
import { CodegenError } from './codegen-error.js';

/** How a generated file names the module that it was made from. */
export const IMPORT_EXTENSIONS = ['.js', '.ts', ''] as const;

/** One of {@link IMPORT_EXTENSIONS}. */
export type ImportExtension = (typeof IMPORT_EXTENSIONS)[number];

/** What `doorcall.config.ts` exports by default. */
export interface Config {
  /** The contract modules: paths or globs, relative to the configuration file. `*.gen.ts` never matches a glob. */
  readonly contracts: readonly string[];
  /** Folder for what is generated, relative to the configuration file. Default: each contract's own folder. */
  readonly out?: string;
  /**
   * Extension by which generated files import the contract: `.js` as Node and TypeScript's `nodenext` want it, `.ts`
   * for `allowImportingTsExtensions`, none for bundlers. A contract written in JavaScript is imported by its own name.
   * Default: `.js`.
   */
  readonly importExtension?: ImportExtension;
}

/** Types a configuration: `export default defineConfig({ contracts: ['src/*.service.ts'] })`. */
export function defineConfig(config: Config): Config {
  return config;
}

const KEYS: readonly (keyof Config)[] = ['contracts', 'out', 'importExtension'];

/**
 * What a configuration file exported by default, checked.
 *
 * @param file named in messages
 * @throws CodegenError naming the first thing that is wrong.
 */
export function checkConfig(value: unknown, file: string): Config {
  const fail = (what: string): never => {
    throw new CodegenError('config', what, { file });
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail('the default export is no configuration; write `export default defineConfig({ … })`');
  }
  for (const key of Object.keys(value)) {
    if (!(KEYS as readonly string[]).includes(key)) return fail(unknownKey(key));
  }
  const { contracts, out, importExtension } = value as Record<keyof Config, unknown>;
  if (!Array.isArray(contracts) || !contracts.every((each) => typeof each === 'string' && each !== '')) {
    return fail('`contracts` is a list of paths or globs');
  }
  if (out !== undefined && (typeof out !== 'string' || out === ''))
    return fail('`out` is the path of a folder');
  if (importExtension !== undefined && !(IMPORT_EXTENSIONS as readonly unknown[]).includes(importExtension)) {
    return fail("`importExtension` is '.js', '.ts' or ''");
  }
  return value as Config;
}

function unknownKey(key: string): string {
  const nearest = closest(
    key.toLowerCase(),
    KEYS.map((each) => each.toLowerCase()),
  );
  const known = KEYS.find((each) => each.toLowerCase() === nearest) as string;
  const hint =
    distance(key.toLowerCase(), nearest) <= Math.max(3, known.length / 2)
      ? `did you mean '${known}'?`
      : `there are ${KEYS.join(', ')}`;
  return `unknown key '${key}'; ${hint}`;
}
