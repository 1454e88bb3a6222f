import { closeSync, futimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnectionOptions, NativePeer } from '@doorcall/native';
import { channels, type ReplacedEvent } from '../../observe/events.js';
import { ProblemReports } from '../../observe/problem-reports.js';
import type { AcceptPolicy, Listening } from '../transport.js';
import type { Admission } from './admission.js';
import { isOwnUid } from './credentials.js';
import { Entrance } from './entrance.js';
import { hasMoved, listInstances, type ServiceFolder, socketFile } from './folder.js';
import { LockFile } from './lock-file.js';
import type { ShmLogger } from './options.js';
import { PublishedSocket } from './published-socket.js';
import { watchFolder } from './watch.js';

export interface ListeningOptions {
  /** Locked by us. The listening closes it, and the folder that it is in. */
  readonly lock: LockFile;
  /** Opens the service's folder where it was, and makes it when it is missing. */
  readonly openFolder: () => ServiceFolder;
  readonly policy: AcceptPolicy;
  readonly admission: Admission;
  readonly connection: NativeConnectionOptions;
  readonly handshakeTimeoutMs: number;
  readonly handoverMs: number;
  readonly logger: ShmLogger;
}

/** Programs that tidy /tmp remove files that nobody has touched for days. */
const TOUCH_MS = 12 * 60 * 60 * 1000;
const HANDOVER_POLL_MS = 10;
/** Between attempts to publish a socket again. */
const RETRY_MS = 1_000;
/** How long the handshakes of an old server may delay its drain. */
const BACKLOG_MS = 1_000;

/** A server's socket and its name, from the moment it owns the name until it has given it away or closed. */
export class ShmListening implements Listening {
  #socket!: PublishedSocket;
  #state: 'listening' | 'handing-over' | 'taken' | 'closed' = 'listening';
  #stopped: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  /** Under way while the socket is published again. */
  #publishing: Promise<void> | undefined;
  /** The attempt before has failed, and the log has it. */
  #failed = false;
  /** Sockets that were removed have finished their handshakes. */
  #retired: Promise<unknown> = Promise.resolve();
  #lock: LockFile;
  readonly #reports: ProblemReports;
  readonly #touch: NodeJS.Timeout;
  #watch: { close(): void } | undefined;

  private constructor(private readonly options: ListeningOptions) {
    this.#lock = options.lock;
    this.#reports = new ProblemReports((peer, reason) => options.policy.onPeerProblem(peer, reason));
    this.#touch = setInterval(() => this.#touchFiles(), TOUCH_MS);
    this.#touch.unref();
  }

  static async open(options: ListeningOptions): Promise<ShmListening> {
    const listening = new ShmListening(options);
    try {
      listening.#socket = await listening.#publish(options.lock);
    } catch (error) {
      clearInterval(listening.#touch);
      throw error;
    }
    listening.#watchSocket();
    return listening;
  }

  get address(): string {
    return this.#socket.path;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Whoever takes us for dead (stopped for long, say) puts its socket in our place without asking. */
  #watchSocket(): void {
    this.#watch?.close();
    const socket = socketFile(this.#lock.instance);
    this.#watch = watchFolder(
      this.#lock.folder.path,
      (name) => name === socket,
      () => this.#lookAtSocket(),
    );
  }

  async #publish(lock: LockFile): Promise<PublishedSocket> {
    const entrance = new Entrance({
      ...this.options,
      reports: this.#reports,
      onTakeover: (...question) => this.#handOver(...question),
    });
    const mayPublish = () => this.#state === 'listening' && lock.counts;
    const { handshakeTimeoutMs } = this.options;
    const socket = await PublishedSocket.publish(lock, handshakeTimeoutMs, entrance, mayPublish);
    entrance.listener = socket.listener;
    return socket;
  }

  #handOver(entrance: Entrance, handshake: number, peer: NativePeer): void {
    if (!isOwnUid(peer.uid)) {
      const message = `a server of uid ${peer.uid} cannot take this name over`;
      entrance.refuse(handshake, 'PERMISSION_DENIED', message);
      this.#reports.add(peer, message);
    } else if (this.#state !== 'listening' || this.#publishing !== undefined) {
      entrance.refuse(handshake, 'ABORTED', 'another server is taking this name over');
    } else {
      this.#state = 'handing-over';
      entrance.listener.giveLock(handshake, this.#lock.descriptor);
      void this.#awaitSuccessor(peer.pid);
    }
  }

  /** The new owner has the lock; the name is still ours until its socket stands there. It may die before. */
  async #awaitSuccessor(pid: number): Promise<void> {
    const deadline = performance.now() + this.options.handoverMs;
    while (this.#state === 'handing-over' && performance.now() < deadline && mayLive(pid)) {
      await sleep(HANDOVER_POLL_MS);
      this.#takenIfReplaced();
    }
    if (this.#state !== 'handing-over') return;
    this.#state = 'listening';
    // What was removed meanwhile was left to the successor.
    this.#lookAtSocket();
  }

  /** The name in the folder may have changed. */
  #lookAtSocket(): void {
    this.#takenIfReplaced();
    if (this.#state !== 'listening' || this.#publishing !== undefined || !this.#socket.isMissing) return;
    this.#publishing = this.#publishAgain().then((done) => {
      this.#publishing = undefined;
      // Removed once more meanwhile? Nobody has looked.
      if (done) this.#lookAtSocket();
      else setTimeout(() => this.#lookAtSocket(), RETRY_MS).unref();
    });
  }

  /**
   * Somebody has removed the socket, a program that tidies /tmp perhaps: no client could find it any more.
   * @returns whether it is there again.
   */
  async #publishAgain(): Promise<boolean> {
    const { logger } = this.options;
    const { address } = this;
    const former = this.#lock;
    let lock = former;
    try {
      if (hasMoved(former.folder)) lock = this.#openAnew();
      // The lock's file may be gone, too. Whoever has made a new one since then owns the name.
      if (!(await lock.attempt())) {
        if (lock !== former && listInstances(lock.folder).includes(lock.instance)) this.#taken();
        return false;
      }
      const removed = this.#socket;
      this.#socket = await this.#publish(lock);
      this.#lock = lock;
      this.#retired = Promise.all([this.#retired, removed.retire()]);
      this.#failed = false;
      if (lock !== former) this.#watchSocket();
      logger.warn({ address }, 'the socket was removed by somebody else: it is published again');
      return true;
    } catch (err) {
      this.#tellFailure(err);
      return false;
    } finally {
      if (lock !== former) closeWithFolder(lock === this.#lock ? former : lock);
    }
  }

  /** The folder is no longer at its path: the name is that of the lock in the one that is there now. */
  #openAnew(): LockFile {
    const folder = this.options.openFolder();
    try {
      return LockFile.open(folder, this.#lock.instance);
    } catch (error) {
      closeSync(folder.fd);
      throw error;
    }
  }

  #tellFailure(err: unknown): void {
    if (this.#state !== 'listening' || this.#failed) return;
    this.#failed = true;
    const message = 'the socket was removed by somebody else and cannot be published again so far';
    this.options.logger.error({ address: this.address, err }, message);
  }

  #takenIfReplaced(): void {
    if (this.#state !== 'taken' && this.#state !== 'closed' && this.#socket.isReplaced) this.#taken();
  }

  #taken(): void {
    if (this.#state === 'taken' || this.#state === 'closed') return;
    this.#state = 'taken';
    this.#tellReplaced();
    void this.#releaseLock();
    void this.#drainBacklog();
  }

  #tellReplaced(): void {
    const { service } = this.options.policy.hello;
    const { address } = this;
    this.options.logger.warn(
      { service, address },
      'another server has taken the name over: this one finishes its calls and ends',
    );
    channels.serverReplaced.publish({ service, address } satisfies ReplacedEvent);
  }

  async #drainBacklog(): Promise<void> {
    await Promise.race([this.#stopAccepting(), sleep(BACKLOG_MS, undefined, { ref: false })]);
    this.options.policy.onTaken();
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    clearInterval(this.#touch);
    await this.#publishing;
    this.#watch?.close();
    try {
      await this.#socket.unpublish();
    } catch (err) {
      this.options.logger.warn({ err }, `the socket ${this.address} could not be removed`);
    }
    this.#lock.close();
    await Promise.all([this.#retired, this.#stopAccepting()]);
    closeSync(this.#lock.folder.fd);
  }

  #stopAccepting(): Promise<void> {
    this.#stopped ??= this.#socket.stopAccepting();
    return this.#stopped;
  }

  /** Not while the socket is published again: that uses the lock. */
  async #releaseLock(): Promise<void> {
    await this.#publishing;
    this.#lock.close();
  }

  #touchFiles(): void {
    if (this.#state === 'taken' || this.#state === 'closed') return;
    const now = new Date();
    try {
      futimesSync(this.#lock.descriptor, now, now);
      this.#socket.touch(now);
    } catch {
      // Not worth a word: nothing is lost yet.
    }
  }
}

/** Of a process in a namespace that this one cannot see (its pid is 0) nothing is known. */
function mayLive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function closeWithFolder(lock: LockFile): void {
  lock.close();
  closeSync(lock.folder.fd);
}
