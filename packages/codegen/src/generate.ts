import path from 'node:path';
import type { AnyService } from '@doorcall/core';
import { describe } from '@doorcall/core/contract';
import { type Diagnostic, emitCodec } from './codec/index.js';
import { CodegenError } from './codegen-error.js';
import type { ImportExtension } from './config.js';
import { CONTRACT, emitServiceFile } from './emit/index.js';
import type { GeneratedFile } from './files.js';
import { type LoadedService, loadContracts, serviceName } from './load/index.js';
import { snapshotFileName, snapshotOf } from './snapshot/index.js';

/** What to generate from, and how; `settingsFor` makes it out of a configuration. */
export interface GenerateOptions {
  /** The contract modules. Absolute paths. */
  readonly files: readonly string[];
  /** Folder for what is generated. Absolute. Default: each contract's own. */
  readonly out?: string | undefined;
  /** Extension by which generated files import the contract. Default: `.js`. */
  readonly importExtension?: ImportExtension;
  /** Told each module before it is run, and how many were run before it. */
  readonly onContract?: (file: string, done: number) => void;
}

/** A {@link Diagnostic} and the contract module that it is about. */
export interface FileDiagnostic extends Diagnostic {
  /** Absolute. */
  readonly file: string;
}

/** What was generated. */
export interface Generated {
  /** Sorted by path. */
  readonly files: readonly GeneratedFile[];
  /** In the order of modules, services and methods. A service with an error among them has no files. */
  readonly diagnostics: readonly FileDiagnostic[];
}

/**
 * Runs contract modules and generates each service's code and the snapshot of its contract. Writes nothing. The same
 * contracts always give the same texts.
 *
 * @throws CodegenError when a module cannot be loaded, or two services would be written to the same file.
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const services = await loadAll(options);
  const files: GeneratedFile[] = [];
  const diagnostics: FileDiagnostic[] = [];
  for (const loaded of services) {
    const made = generateService(loaded, options);
    files.push(...made.files);
    diagnostics.push(...made.diagnostics);
  }
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), diagnostics };
}

/** One after the other: a module that another one imports as well must have run to its end by then. */
async function loadAll({ files, out, onContract }: GenerateOptions): Promise<readonly LoadedService[]> {
  const services: LoadedService[] = [];
  const places = new Map<AnyService | string, LoadedService>();
  for (const [done, file] of files.entries()) {
    onContract?.(file, done);
    for (const loaded of await loadContracts(file)) {
      for (const place of [loaded.service, path.join(folderOf(file, out), serviceName(loaded.service))]) {
        const before = places.get(place);
        if (before !== undefined) throw twice(loaded, before);
        places.set(place, loaded);
      }
      services.push(loaded);
    }
  }
  return services;
}

function twice({ service, file }: LoadedService, before: LoadedService): CodegenError {
  const other = path.relative(path.dirname(file), before.file);
  const advice =
    service === before.service
      ? '; name only one of the two modules as a contract'
      : ', and both would be generated into one file; give them different names or folders';
  return new CodegenError(
    'load',
    `the service '${serviceName(service)}' is also exported by ${other}${advice}`,
    {
      file,
    },
  );
}

function generateService(
  { service, exportName, file }: LoadedService,
  { out, importExtension = '.js' }: GenerateOptions,
): Generated {
  try {
    describe(service);
  } catch (cause) {
    // A contract that no process could use: doors to two services of one name, say.
    if (cause instanceof TypeError) throw new CodegenError('load', cause.message, { file, cause });
    throw cause;
  }
  const codec = emitCodec(service, { typed: true, contract: CONTRACT });
  const diagnostics = codec.diagnostics.map((diagnostic) => ({ ...diagnostic, file }));
  if (diagnostics.some(({ severity }) => severity === 'error')) return { files: [], diagnostics };

  const folder = folderOf(file, out);
  const contractImport = path.relative(folder, file).split(path.sep).join('/');
  const text = emitServiceFile({ service, exportName, contractImport, importExtension, codec });
  const at = (name: string): string => path.join(folder, name);
  return {
    files: [
      { path: at(`${serviceName(service)}.gen.ts`), text, kind: 'service' },
      { path: at(snapshotFileName(service)), text: snapshotOf(service), kind: 'snapshot' },
    ],
    diagnostics,
  };
}

function folderOf(file: string, out: string | undefined): string {
  return out ?? path.dirname(file);
}
