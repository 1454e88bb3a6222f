import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { CodegenError } from '../../codegen-error.js';

const run = promisify(execFile);

/** More than any source file has. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A commit of the repository that a folder is in. Its paths are relative to the repository's root. */
export class Revision {
  #files: Promise<ReadonlySet<string>> | undefined;

  private constructor(
    /** As it was asked for. */
    readonly name: string,
    /** Absolute path of the repository. */
    readonly root: string,
    private readonly commit: string,
    /** The folder that paths of the command line are relative to. */
    private readonly folder: string,
  ) {}

  /** @throws CodegenError when there is no such commit, no repository, or no git. */
  static async find(name: string, cwd: string): Promise<Revision> {
    const folder = await realpath(cwd);
    const root = (await git(folder, ['rev-parse', '--show-toplevel'])).toString().trimEnd();
    const commit = await git(folder, ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`]).catch(
      (cause: unknown) => {
        throw new CodegenError('config', `there is no revision '${name}' in ${root}`, { cause });
      },
    );
    return new Revision(name, root, commit.toString().trimEnd(), folder);
  }

  /** All files of the commit. */
  files(): Promise<ReadonlySet<string>> {
    this.#files ??= git(this.root, ['ls-tree', '-r', '--name-only', '-z', this.commit]).then(
      (names) => new Set(names.toString().split('\0')),
    );
    return this.#files;
  }

  /** The path in the repository of a path of the command line. @throws CodegenError when the commit lacks it. */
  async locate(file: string): Promise<string> {
    const located = posix(path.relative(this.root, path.resolve(this.folder, file)));
    const files = await this.files();
    if (files.has(located)) return located;
    const fromRoot = path.posix.normalize(file);
    const hint = files.has(fromRoot)
      ? `; paths are relative to the current folder, so write ${posix(path.relative(this.folder, path.join(this.root, fromRoot)))}`
      : '';
    throw new CodegenError('load', `revision '${this.name}' has no file '${located}'${hint}`);
  }

  read(file: string): Promise<Buffer> {
    return git(this.root, ['cat-file', 'blob', `${this.commit}:${file}`]);
  }
}

async function git(cwd: string, args: readonly string[]): Promise<Buffer> {
  try {
    const { stdout } = await run('git', args, { cwd, encoding: 'buffer', maxBuffer: MAX_BYTES });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: Buffer };
    const what = code === 'ENOENT' ? 'git is not installed' : `git failed: ${String(stderr ?? error).trim()}`;
    throw new CodegenError('load', what, { cause: error });
  }
}

function posix(file: string): string {
  return file.split(path.sep).join('/');
}
