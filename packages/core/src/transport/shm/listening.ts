import { closeSync, futimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  NativeConnection,
  NativeConnectionOptions,
  NativeListenerEvents,
  NativePeer,
  NativeRemote,
} from '@doorcall/native';
import { isStatusCode, type StatusCode, statusNumber } from '../../errors/status.js';
import { channels, type ReplacedEvent } from '../../observe/events.js';
import { ProblemReports } from '../../observe/problem-reports.js';
import type { AcceptPolicy, Listening } from '../transport.js';
import type { Admission } from './admission.js';
import { ShmConnection } from './connection.js';
import { isOwnUid } from './credentials.js';
import { type ServiceFolder, socketFile } from './folder.js';
import { PROBE_SERVICE } from './liveness.js';
import type { LockFile } from './lock-file.js';
import { native } from './native.js';
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
export class ShmListening implements Listening, NativeListenerEvents {
  #socket!: PublishedSocket;
  #state: 'listening' | 'handing-over' | 'taken' | 'closed' = 'listening';
  #stopped: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #lockIsOpen = true;
  readonly #reports: ProblemReports;
  readonly #touch: NodeJS.Timeout;
  #watch: { close(): void } | undefined;

  private constructor(private readonly options: ListeningOptions) {
    this.#reports = new ProblemReports((peer, reason) => options.policy.onPeerProblem(peer, reason));
    this.#touch = setInterval(() => this.#touchLock(), TOUCH_MS);
    this.#touch.unref();
  }

  static async open(options: ListeningOptions): Promise<ShmListening> {
    const { folder, lock, handshakeTimeoutMs } = options;
    const listening = new ShmListening(options);
    try {
      listening.#socket = await PublishedSocket.publish(folder, lock.instance, handshakeTimeoutMs, listening);
    } catch (error) {
      clearInterval(listening.#touch);
      throw error;
    }
    // Whoever takes us for dead (stopped for long, say) puts its socket in our place without asking.
    const socket = socketFile(lock.instance);
    listening.#watch = watchFolder(
      folder.path,
      (name) => name === socket,
      () => listening.#takenIfReplaced(),
    );
    return listening;
  }

  get address(): string {
    return this.#socket.path;
  }

  onHello(handshake: number, peer: NativePeer, remote: NativeRemote): void {
    if (remote.service === PROBE_SERVICE) {
      this.#refuse(handshake, 'ALREADY_EXISTS', 'a living server answers here');
      return;
    }
    const { admission, connection } = this.options;
    try {
      const refusal = admission.judge(handshake, peer, remote);
      if (refusal === undefined) {
        this.#socket.listener.welcome(handshake, connection);
        return;
      }
      this.#refuse(handshake, isStatusCode(refusal.code) ? refusal.code : 'UNKNOWN', refusal.message);
      this.#reports.add(peer, `refused, ${refusal.code}: ${refusal.message}`);
    } catch (err) {
      this.options.logger.error({ err, peer }, 'a connecting peer could not be judged');
      this.#refuse(handshake, 'INTERNAL', 'the server failed to judge this client');
    }
  }

  onConnection(handshake: number, nativeConnection: NativeConnection): void {
    const { admission, policy, logger } = this.options;
    const { peer, remote } = nativeConnection;
    const connection = new ShmConnection(native(), nativeConnection, {
      maxMessageBytes: Math.min(policy.hello.maxMessageBytes, remote.maxMessageBytes),
      // Servers answer, they do not call.
      mayBlock: false,
      logger,
      onEnded: admission.connected(handshake, peer),
    });
    try {
      connection.attach(policy.onConnection(connection));
    } catch (err) {
      logger.error({ err, peer }, 'a new connection could not be set up');
      connection.fail('the server failed to set the connection up');
    }
  }

  onDropped(handshake: number): void {
    this.options.admission.dropped(handshake);
  }

  onTakeover(handshake: number, peer: NativePeer): void {
    if (!isOwnUid(peer.uid)) {
      const message = `a server of uid ${peer.uid} cannot take this name over`;
      this.#refuse(handshake, 'PERMISSION_DENIED', message);
      this.#reports.add(peer, message);
    } else if (this.#state !== 'listening') {
      this.#refuse(handshake, 'ABORTED', 'another server is taking this name over');
    } else {
      this.#state = 'handing-over';
      this.#socket.listener.giveLock(handshake, this.options.lock.descriptor);
      void this.#awaitSuccessor();
    }
  }

  onProblem(peer: NativePeer | null, reason: string): void {
    this.#reports.add(peer ?? undefined, reason);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #refuse(handshake: number, code: StatusCode, message: string): void {
    this.#socket.listener.refuse(handshake, statusNumber(code), message);
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

  #touchLock(): void {
    if (!this.#lockIsOpen) return;
    try {
      futimesSync(this.options.lock.descriptor, new Date(), new Date());
    } catch {
      // Not worth a word: nothing is lost yet.
    }
  }
}
