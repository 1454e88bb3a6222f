import path from 'node:path';
import { CodegenError } from '../codegen-error.js';
import type { ImportExtension } from '../config.js';
import { findConfigFile, loadConfigFile } from './config-file.js';
import { contractFiles } from './contract-files.js';

/** What was asked for on the command line; each wins over the configuration file. */
export interface SettingsRequest {
  /** Paths or globs, relative to `cwd`. Default: the configuration's `contracts`. */
  readonly files?: readonly string[];
  /** A configuration file, relative to `cwd`. Default: the nearest one in `cwd` or above it, if any. */
  readonly config?: string;
  /** Relative to `cwd`. Default: the configuration's. */
  readonly out?: string;
  /** Default: the configuration's, else `.js`. */
  readonly importExtension?: ImportExtension;
  /** Default: the process's. */
  readonly cwd?: string;
}

/** What to generate from, and how. All paths are absolute. */
export interface Settings {
  /** The contract modules, sorted. */
  readonly files: readonly string[];
  readonly out: string | undefined;
  readonly importExtension: ImportExtension;
  readonly configFile: string | undefined;
  /** The paths and globs that gave `files`, absolute. */
  readonly patterns: readonly string[];
}

/**
 * Joins a request with the configuration file.
 *
 * @throws CodegenError when the configuration is wrong, or nothing says what the contracts are.
 */
export async function settingsFor(request: SettingsRequest): Promise<Settings> {
  const cwd = path.resolve(request.cwd ?? '.');
  const configFile = request.config === undefined ? findConfigFile(cwd) : path.resolve(cwd, request.config);
  const config = configFile === undefined ? undefined : await loadConfigFile(configFile);
  const folder = configFile === undefined ? cwd : path.dirname(configFile);

  const asked = request.files !== undefined && request.files.length > 0;
  const base = asked ? cwd : folder;
  const patterns = asked ? request.files : (config?.contracts ?? []);
  if (patterns.length === 0)
    throw new CodegenError('config', nothingToDo(config !== undefined), fileOf(configFile));
  const out = request.out === undefined ? absolute(config?.out, folder) : path.resolve(cwd, request.out);
  return {
    files: await contractFiles(patterns, base),
    out,
    importExtension: request.importExtension ?? config?.importExtension ?? '.js',
    configFile,
    patterns: patterns.map((pattern) => path.resolve(base, pattern)),
  };
}

function absolute(folder: string | undefined, base: string): string | undefined {
  return folder === undefined ? undefined : path.resolve(base, folder);
}

function nothingToDo(configured: boolean): string {
  return configured
    ? "`contracts` is empty; list the contract modules: ['src/*.service.ts']"
    : "no contract is named and there is no doorcall.config.ts here or above: name the contract's file, " +
        '`doorcall gen src/orders.service.ts`, or write a configuration';
}

function fileOf(file: string | undefined): { readonly file?: string } {
  return file === undefined ? {} : { file };
}
