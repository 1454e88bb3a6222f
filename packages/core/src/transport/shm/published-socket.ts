import { renameSync, rmSync, unlinkSync, utimesSync } from 'node:fs';
import type { NativeListener, NativeListenerEvents } from '@doorcall/native';
import { RpcError } from '../../errors/rpc-error.js';
import { viaFd } from './directory.js';
import { hasMoved, nextFile, type ServiceFolder, socketFile } from './folder.js';
import { cannotServe, guarded } from './guard.js';
import { addLocalServer, identityAt, removeLocalServer } from './local-servers.js';
import type { LockFile } from './lock-file.js';
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
   * @param mayPublish asked once no other process can change who owns the name: much may have happened till then.
   * @throws RpcError ABORTED when it may not.
   */
  static async publish(
    { folder, instance }: LockFile,
    handshakeTimeoutMs: number,
    events: NativeListenerEvents,
    mayPublish: () => boolean,
  ): Promise<PublishedSocket> {
    const name = socketFile(instance);
    const next = nextFile(name);
    let listener: NativeListener | undefined;
    try {
      return await guarded(folder, () => {
        if (!mayPublish()) {
          throw new RpcError('ABORTED', 'the name has another owner by now', { origin: 'transport' });
        }
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

  /** Whether no client can find it: nothing stands at the path, or the folder is no longer at its own. */
  get isMissing(): boolean {
    return identityAt(viaFd(this.folder.fd, this.name)) === undefined || hasMoved(this.folder);
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
    const place = viaFd(this.folder.fd, this.name);
    // Nor is there a guard in a folder that was removed.
    if (identityAt(place) !== this.identity) return;
    await guarded(this.folder, () => {
      if (identityAt(place) === this.identity) unlinkSync(place);
    });
  }

  /** Accepts whoever has connected already, and then nobody. Resolves when no handshake is under way. */
  stopAccepting(): Promise<void> {
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }
}
