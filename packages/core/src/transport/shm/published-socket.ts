import { renameSync, rmSync, unlinkSync, utimesSync } from 'node:fs';
import type { NativeListener, NativeListenerEvents } from '@doorcall/native';
import { viaFd } from './directory.js';
import { nextFile, type ServiceFolder, socketFile } from './folder.js';
import { cannotServe, guarded } from './guard.js';
import { addLocalServer, identityAt, removeLocalServer } from './local-servers.js';
import { native } from './native.js';

/** A listening socket under its name in the service's folder. */
export class PublishedSocket {
  private constructor(
    readonly listener: NativeListener,
    private readonly folder: ServiceFolder,
    private readonly name: string,
    /** The kernel gives this inode to no other file as long as the socket is open. */
    private readonly identity: string,
  ) {
    addLocalServer(identity);
  }

  /**
   * Listens, and puts the socket in the place of whatever stood there. To be called by the owner of the
   * instance's lock. The socket gets its name when it is ready: clients find the old one or the new one.
   */
  static async publish(
    folder: ServiceFolder,
    instance: string,
    handshakeTimeoutMs: number,
    events: NativeListenerEvents,
  ): Promise<PublishedSocket> {
    const name = socketFile(instance);
    const next = nextFile(name);
    let listener: NativeListener | undefined;
    try {
      return await guarded(folder, () => {
        rmSync(viaFd(folder.fd, next), { force: true });
        listener = native().addon.listen(
          folder.fd,
          next,
          { mode: folder.socketMode, handshakeTimeoutMs },
          events,
        );
        const identity = identityAt(viaFd(folder.fd, next));
        if (identity === undefined) throw new Error('the socket was removed while it was made');
        renameSync(viaFd(folder.fd, next), viaFd(folder.fd, name));
        return new PublishedSocket(listener, folder, name, identity);
      });
    } catch (error) {
      listener?.close(() => {});
      throw cannotServe(folder, name, error);
    }
  }

  get path(): string {
    return `${this.folder.path}/${this.name}`;
  }

  /** Whether another server's socket stands at the path now. */
  get isReplaced(): boolean {
    const found = identityAt(viaFd(this.folder.fd, this.name));
    return found !== undefined && found !== this.identity;
  }

  /** Whether nothing stands at the path. */
  get isMissing(): boolean {
    return identityAt(viaFd(this.folder.fd, this.name)) === undefined;
  }

  /** Marks the file as in use. */
  touch(now: Date): void {
    if (!this.isReplaced) utimesSync(viaFd(this.folder.fd, this.name), now, now);
  }

  /** The name stands for another socket of this server: who has connected already is served, and then nobody. */
  retire(): Promise<void> {
    removeLocalServer(this.identity);
    return this.stopAccepting();
  }

  /** Removes the name, if it is still ours. */
  async unpublish(): Promise<void> {
    removeLocalServer(this.identity);
    await guarded(this.folder, () => {
      const place = viaFd(this.folder.fd, this.name);
      if (identityAt(place) === this.identity) unlinkSync(place);
    });
  }

  /** Accepts whoever has connected already, and then nobody. Resolves when no handshake is under way. */
  stopAccepting(): Promise<void> {
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }
}
