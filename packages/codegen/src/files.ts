import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { CodegenError } from './codegen-error.js';

/** A file as it should be. */
export interface GeneratedFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly kind: 'service' | 'snapshot';
}

/** A generated file beside what is on the disk. */
export interface ComparedFile extends GeneratedFile {
  readonly state: 'current' | 'stale' | 'missing';
  /** What is on the disk; empty where nothing is. */
  readonly found: string;
}

/** Looks up what is on the disk in place of each file. @throws CodegenError when it cannot be read. */
export function compareFiles(files: readonly GeneratedFile[]): Promise<readonly ComparedFile[]> {
  return Promise.all(
    files.map(async (file) => {
      const found = await textOf(file.path);
      if (found === undefined) return { ...file, state: 'missing' as const, found: '' };
      return { ...file, state: found === file.text ? ('current' as const) : ('stale' as const), found };
    }),
  );
}

/**
 * Writes what is not as it should be: each file whole or not at all, and none that is current, so that nothing that
 * watches them starts for nothing.
 *
 * @throws CodegenError when a file cannot be written.
 */
export async function writeFiles(files: readonly ComparedFile[]): Promise<void> {
  for (const file of files) {
    if (file.state === 'current') continue;
    try {
      await mkdir(path.dirname(file.path), { recursive: true });
      await writeFileAtomic(file.path, file.text);
    } catch (error) {
      throw new CodegenError('write', `cannot be written: ${(error as Error).message}`, {
        file: file.path,
        cause: error,
      });
    }
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CodegenError('write', `cannot be read: ${(error as Error).message}`, { file, cause: error });
  }
}
