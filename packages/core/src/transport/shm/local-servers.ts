import { type BigIntStats, lstatSync } from 'node:fs';

/** Sockets that this thread listens on, known to every copy of this package that the thread has loaded. */
const KEY = Symbol.for('doorcall.shm.listening');

type Holder = { [KEY]?: Set<string> };

function listening(): Set<string> {
  const holder = globalThis as Holder;
  holder[KEY] ??= new Set();
  return holder[KEY];
}

/** A file that cannot be mistaken for another as long as it exists. */
export function fileIdentity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** What stands at a path, or undefined. */
export function identityAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : fileIdentity(stats);
}

export function addLocalServer(socket: string): void {
  listening().add(socket);
}

export function removeLocalServer(socket: string): void {
  listening().delete(socket);
}

/** Whether a server of this very thread listens there: it cannot answer while the thread blocks. */
export function isLocalServer(socket: string | undefined): boolean {
  return socket !== undefined && listening().has(socket);
}
