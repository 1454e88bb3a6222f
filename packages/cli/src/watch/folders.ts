import { once } from 'node:events';
import { type FSWatcher, watch } from 'chokidar';

/** What happened to a file. */
export type Change = 'add' | 'change' | 'unlink';

/** Tells of changes in a set of folders that can be replaced. */
export class FolderWatch {
  #watcher: FSWatcher | undefined;
  #watched = '';

  /**
   * @param depth how many levels of folders below the given ones count
   * @param onChange told absolute paths
   */
  constructor(
    private readonly depth: number,
    private readonly onChange: (change: Change, file: string) => void,
  ) {}

  /** Replaces the folders; resolves when from now on nothing is missed. */
  async watch(folders: readonly string[]): Promise<void> {
    const wanted = [...new Set(folders)].sort();
    const key = wanted.join('\0');
    if (key === this.#watched) return;
    this.#watched = key;
    const old = this.#watcher;
    this.#watcher = undefined;
    if (wanted.length > 0) {
      const watcher = watch(wanted, {
        depth: this.depth,
        ignoreInitial: true,
        ignored: (file) => /[\\/](node_modules|\.git)([\\/]|$)/.test(file),
      });
      for (const change of ['add', 'change', 'unlink'] as const) {
        watcher.on(change, (file) => this.onChange(change, file));
      }
      await once(watcher, 'ready');
      this.#watcher = watcher;
    }
    await old?.close();
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }
}
