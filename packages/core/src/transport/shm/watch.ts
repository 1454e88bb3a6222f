import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';

export interface Watch {
  close(): void;
}

/** Events come in bursts: one change of a name is several of them. */
const SETTLE_MS = 10;
/** Where the kernel gives no events (no inotify watches left, say). */
const POLL_MS = 1_000;

/**
 * Calls back when a file of a folder whose name matters may have changed, or when the folder itself comes or
 * goes. It may be missing, with all its parents. Never throws and never keeps the process alive.
 */
export function watchFolder(folder: string, matters: (name: string) => boolean, onChange: () => void): Watch {
  return new FolderWatch(folder, matters, onChange);
}

class FolderWatch implements Watch {
  #watcher: FSWatcher | undefined;
  /** What is being watched: the folder, or the deepest of its parents that exists. */
  #watched = '';
  #inode: bigint | undefined;
  #settling: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly folder: string,
    private readonly matters: (name: string) => boolean,
    private readonly onChange: () => void,
  ) {
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
    clearTimeout(this.#settling);
  }

  #arm(): void {
    for (;;) {
      this.#disarm();
      const place = deepestExisting(this.folder);
      this.#watched = place.path;
      this.#inode = place.inode;
      try {
        this.#watcher = watch(place.path, { persistent: false }, (_, name) => this.#event(name));
        this.#watcher.on('error', () => this.#poll());
      } catch {
        this.#poll();
        return;
      }
      // What came into being between the look and the watch has caused no event.
      if (deepestExisting(this.folder).inode === place.inode) return;
    }
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#polling);
    this.#polling = undefined;
  }

  #event(name: string | null): void {
    if (this.#closed) return;
    const moved = inodeOf(this.#watched) !== this.#inode;
    if (this.#watched === this.folder && !moved) {
      if (name === null || this.matters(name)) this.#notify();
      return;
    }
    const step = path.relative(this.#watched, this.folder).split(path.sep)[0];
    if (!moved && name !== null && name !== step) return;
    this.#arm();
    this.#notify();
  }

  #notify(): void {
    if (this.#settling !== undefined) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.onChange();
    }, SETTLE_MS).unref();
  }

  #poll(): void {
    if (this.#closed) return;
    this.#disarm();
    this.#polling = setInterval(this.onChange, POLL_MS).unref();
  }
}

function inodeOf(place: string): bigint | undefined {
  try {
    return statSync(place, { bigint: true }).ino;
  } catch {
    return undefined;
  }
}

function deepestExisting(place: string): { path: string; inode: bigint | undefined } {
  const inode = inodeOf(place);
  const parent = path.dirname(place);
  return inode !== undefined || parent === place ? { path: place, inode } : deepestExisting(parent);
}
