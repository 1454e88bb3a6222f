import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CodegenError } from '../../codegen-error.js';
import { bareImports, packageOf, relativeFiles } from './imports.js';
import type { Revision } from './revision.js';

/**
 * Runs `use` on a module as it was in a revision, written with all that it imports by relative paths into a folder
 * that is gone afterwards. The folder lies in the module's package, so that packages are found.
 *
 * @param file path in the repository
 * @param argument names the module in messages
 * @throws CodegenError when it imports what is neither relative nor an installed package: a path alias would lead
 * back to the files as they are now.
 */
export async function materialised<Result>(
  revision: Revision,
  file: string,
  argument: string,
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  const home = packageFolder(revision.root, path.dirname(path.join(revision.root, file)));
  const modules = await withImports(revision, file);
  for (const [name, bytes] of modules) refuseAliases(bytes.toString(), name, home, argument);

  const folder = await mkdtemp(path.join(home, '.doorcall-diff-')).catch((cause: Error) => {
    throw new CodegenError('write', `no temporary folder can be made: ${cause.message}`, {
      file: home,
      cause,
    });
  });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // A module may end the process.
  process.once('exit', remove);
  try {
    for (const [name, bytes] of modules) {
      const target = path.join(folder, name);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, bytes);
    }
    return await use(path.join(folder, file));
  } catch (error) {
    if (!(error instanceof CodegenError) || error.file?.startsWith(folder) !== true) throw error;
    // The folder is gone when this is read.
    const message = error.message.replaceAll(`${folder}${path.sep}`, '');
    throw new CodegenError(error.kind, message, { file: argument, cause: error });
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function withImports(revision: Revision, file: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = await revision.files();
  const modules = new Map<string, Buffer>();
  const waiting = [file];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (modules.has(name)) continue;
    const bytes = await revision.read(name);
    modules.set(name, bytes);
    waiting.push(...relativeFiles(bytes.toString(), name, files));
  }
  return modules;
}

function refuseAliases(text: string, name: string, home: string, argument: string): void {
  const alias = bareImports(text, name).find((specifier) => !isInstalled(packageOf(specifier), home));
  if (alias === undefined) return;
  throw new CodegenError(
    'load',
    `${name} imports '${alias}', which is neither a relative path nor an installed package, so it cannot be had as it ` +
      'was in that revision; commit the snapshot that `doorcall gen` writes, and compare with that',
    { file: argument },
  );
}

function isInstalled(name: string | undefined, home: string): boolean {
  if (name === undefined) return false;
  for (let at = home; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'node_modules', name))) return true;
    if (path.dirname(at) === at) return false;
  }
}

/** The nearest folder, at or above one that may be gone by now, that has a package.json; else the root. */
function packageFolder(root: string, folder: string): string {
  for (let at = folder; at.startsWith(root) && at !== root; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'package.json'))) return at;
  }
  return root;
}
