import { closeSync, futimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnectionOptions, NativePeer } from '@doorcall/native';
import { channels, type ReplacedEvent } from '../../observe/events.js';
import { ProblemReports } from '../../observe/problem-reports.js';
import type { AcceptPolicy, Listening } from '../transport.js';
import type { Admission } from './admission.js';
import { isOwnUid } from './credentials.js';
import { Entrance } from './entrance.js';
import { type ServiceFolder, socketFile } from './folder.js';
import type { LockFile } from './lock-file.js';
import type { ShmLogger } from './options.js';
import { PublishedSocket } from './published-socket.js';
import { watchFolder } from './watch.js';

export interface ListeningOptions {
  readonly folder: ServiceFolder;
  /** Locked by us. */
  readonly lock: LockFile;
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
  #lockIsOpen = true;
  readonly #reports: ProblemReports;
  readonly #touch: NodeJS.Timeout;
  #watch: { close(): void } | undefined;

  private constructor(private readonly options: ListeningOptions) {
    this.#reports = new ProblemReports((peer, reason) => options.policy.onPeerProblem(peer, reason));
    this.#touch = setInterval(() => this.#touchFiles(), TOUCH_MS);
    this.#touch.unref();
  }

  static async open(options: ListeningOptions): Promise<ShmListening> {
    const { folder, lock } = options;
    const listening = new ShmListening(options);
    try {
      listening.#socket = await listening.#publish();
    } catch (error) {
      clearInterval(listening.#touch);
      throw error;
    }
    // Whoever takes us for dead (stopped for long, say) puts its socket in our place without asking.
    const socket = socketFile(lock.instance);
    listening.#watch = watchFolder(
      folder.path,
      (name) => name === socket,
      () => listening.#lookAtSocket(),
    );
    return listening;
  }

  get address(): string {
    return this.#socket.path;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #publish(): Promise<PublishedSocket> {
    const { folder, lock, handshakeTimeoutMs } = this.options;
    const entrance = new Entrance({
      ...this.options,
      reports: this.#reports,
      onTakeover: (...question) => this.#handOver(...question),
    });
    const socket = await PublishedSocket.publish(folder, lock.instance, handshakeTimeoutMs, entrance);
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
      entrance.listener.giveLock(handshake, this.options.lock.descriptor);
      void this.#awaitSuccessor();
    }
  }

  /** The new owner has the lock; the name is still ours until its socket stands there. It may die before. */
  async #awaitSuccessor(): Promise<void> {
    const deadline = performance.now() + this.options.handoverMs;
    while (this.#state === 'handing-over' && performance.now() < deadline) {
      await sleep(HANDOVER_POLL_MS);
      this.#takenIfReplaced();
    }
    if (this.#state === 'handing-over') this.#state = 'listening';
  }

  /** The name in the folder may have changed. */
  #lookAtSocket(): void {
    this.#takenIfReplaced();
    if (this.#state !== 'listening' || !this.#socket.isMissing) return;
    this.#publishing ??= this.#publishAgain().finally(() => {
      this.#publishing = undefined;
    });
  }

  /** Somebody has removed the socket, a program that tidies /tmp perhaps: no client could find it any more. */
  async #publishAgain(): Promise<void> {
    const { lock, logger } = this.options;
    const { address } = this;
    try {
      // The lock's file may be gone, too. Whoever has made a new one since then owns the name.
      if (!(await lock.attempt())) return;
      const removed = this.#socket;
      this.#socket = await this.#publish();
      logger.warn({ address }, 'the socket was removed by somebody else: it is published again');
      await removed.retire();
    } catch (err) {
      logger.error({ address, err }, 'the socket was removed by somebody else and cannot be published again');
    }
  }

  #takenIfReplaced(): void {
    if (this.#state === 'taken' || this.#state === 'closed' || !this.#socket.isReplaced) return;
    this.#state = 'taken';
    this.#tellReplaced();
    this.#releaseLock();
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
    this.#watch?.close();
    await this.#publishing;
    try {
      await this.#socket.unpublish();
    } catch (err) {
      this.options.logger.warn({ err }, `the socket ${this.address} could not be removed`);
    }
    this.#releaseLock();
    await this.#stopAccepting();
    closeSync(this.options.folder.fd);
  }

  #stopAccepting(): Promise<void> {
    this.#stopped ??= this.#socket.stopAccepting();
    return this.#stopped;
  }

  #releaseLock(): void {
    if (!this.#lockIsOpen) return;
    this.#lockIsOpen = false;
    this.options.lock.close();
  }

  #touchFiles(): void {
    if (!this.#lockIsOpen) return;
    const now = new Date();
    try {
      futimesSync(this.options.lock.descriptor, now, now);
      this.#socket.touch(now);
    } catch {
      // Not worth a word: nothing is lost yet.
    }
  }
}
