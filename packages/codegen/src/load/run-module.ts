import { stat } from 'node:fs/promises';
import { createJiti } from 'jiti';
import { CodegenError } from '../codegen-error.js';
import { causeText } from './cause-text.js';

/** What a module exports, by name. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/**
 * Runs a module, TypeScript or JavaScript, and returns its exports. A module runs once in a process: what has changed
 * on the disk since then is seen by a new process only.
 *
 * @param file absolute
 * @throws CodegenError when it is missing or does not run to its end; with the module's own error as `cause`.
 */
export async function runModule(file: string): Promise<ModuleExports> {
  await checkFile(file);
  // The module's own folder decides which tsconfig.json, and with it which `paths`, count.
  const jiti = createJiti(file, { tsconfigPaths: true, fsCache: false, interopDefault: false });
  const idle = whenIdle();
  try {
    const end = await Promise.race([jiti.import<ModuleExports>(file), idle.promise]);
    if (end === 'idle') {
      throw new CodegenError('load', 'it never finishes loading: nothing settles its top-level await', {
        file,
      });
    }
    return end;
  } catch (error) {
    if (error instanceof CodegenError) throw error;
    throw new CodegenError('load', `it could not be loaded: ${causeText(error)}`, { file, cause: error });
  } finally {
    idle.stop();
  }
}

/** Resolves when this process has nothing left to do. */
function whenIdle(): { readonly promise: Promise<'idle'>; readonly stop: () => void } {
  const { promise, resolve } = withResolvers();
  process.once('beforeExit', resolve);
  return { promise, stop: () => process.off('beforeExit', resolve) };
}

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<'idle'>((fulfil) => {
    resolve = () => fulfil('idle');
  });
  return { promise, resolve };
}

async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new CodegenError('load', 'there is no such file', { file });
  if (!found.isFile()) throw new CodegenError('load', 'it is no file', { file });
}
