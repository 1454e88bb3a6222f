import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe } from '@doorcall/core/contract';
import { CodegenError } from '../../codegen-error.js';
import { loadContracts } from '../../load/index.js';
import { type Contract, isSnapshot, parseSnapshot, SnapshotError } from '../../snapshot/index.js';
import { materialised } from './materialise.js';
import { Revision } from './revision.js';

/** Contracts and where they were read from. */
export interface ContractSource {
  /** As it was asked for. */
  readonly argument: string;
  /** Of one snapshot or of all services that a module exports. */
  readonly contracts: readonly Contract[];
}

const MODULE = /\.[cm]?[jt]sx?$/;

/**
 * Reads contracts.
 *
 * @param argument a contract module, a snapshot, or `git:REVISION:path` for either of them as it was committed. Of a
 * module in a revision, relative imports are of that revision, too; packages are those that are installed now.
 * @param cwd what paths are relative to
 * @throws CodegenError when there is nothing to read, or it cannot be read.
 */
export async function readContracts(argument: string, cwd: string): Promise<ContractSource> {
  const committed = inGit(argument);
  const contracts =
    committed === undefined
      ? await ofFile(path.resolve(cwd, argument))
      : await ofRevision(committed, await Revision.find(committed.revision, cwd), argument);
  return { argument, contracts };
}

/** What to compare with when nothing is said: the file of that path as it is now. */
export function workingTreeOf(argument: string): string {
  const committed = inGit(argument);
  if (committed !== undefined) return committed.path;
  throw new CodegenError(
    'config',
    `'${argument}' is no revision, so it needs a second contract to be compared with; ` +
      `write \`doorcall diff git:HEAD:${argument}\` for what has changed since the last commit`,
  );
}

function inGit(argument: string): { readonly revision: string; readonly path: string } | undefined {
  if (!argument.startsWith('git:')) return undefined;
  const [, revision, file] = /^git:([^:]+):(.+)$/s.exec(argument) ?? [];
  if (revision === undefined || file === undefined) {
    throw new CodegenError('config', `'${argument}' is not of the form git:REVISION:path`);
  }
  return { revision, path: file };
}

async function ofFile(file: string): Promise<readonly Contract[]> {
  if (MODULE.test(file)) return ofModule(file);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${error.message}`;
    throw new CodegenError('load', what, { file, cause: error });
  });
  return ofText(text, file);
}

async function ofRevision(
  committed: { readonly path: string },
  revision: Revision,
  argument: string,
): Promise<readonly Contract[]> {
  const file = await revision.locate(committed.path);
  if (!MODULE.test(file)) return ofText((await revision.read(file)).toString(), argument);
  return materialised(revision, file, argument, ofModule);
}

async function ofModule(file: string): Promise<readonly Contract[]> {
  return (await loadContracts(file)).map(({ service }) => describe(service));
}

function ofText(text: string, file: string): readonly Contract[] {
  if (!isSnapshot(text)) {
    const what = 'it is neither a module (.ts, .js, …) nor a snapshot that `doorcall gen` has written';
    throw new CodegenError('load', what, { file });
  }
  try {
    return [parseSnapshot(text)];
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new CodegenError('load', error.message, { file, cause: error });
  }
}
