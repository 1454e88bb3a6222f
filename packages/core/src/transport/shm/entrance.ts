import type {
  NativeConnection,
  NativeConnectionOptions,
  NativeListener,
  NativeListenerEvents,
  NativePeer,
  NativeRemote,
} from '@doorcall/native';
import { isStatusCode, type StatusCode, statusNumber } from '../../errors/status.js';
import type { ProblemReports } from '../../observe/problem-reports.js';
import type { AcceptPolicy } from '../transport.js';
import type { Admission } from './admission.js';
import { ShmConnection } from './connection.js';
import { PROBE_SERVICE } from './liveness.js';
import { native } from './native.js';
import type { ShmLogger } from './options.js';

export interface EntranceParts {
  readonly policy: AcceptPolicy;
  readonly admission: Admission;
  readonly connection: NativeConnectionOptions;
  readonly logger: ShmLogger;
  readonly reports: ProblemReports;
  /** Another server asks for the name: answer with `listener.giveLock` or {@link Entrance.refuse}. */
  onTakeover(entrance: Entrance, handshake: number, peer: NativePeer): void;
}

/** Native handshake ids are 32 bits, counted by each listener from 1. */
const IDS = 2 ** 32;
let entrances = 0;

/** Answers the handshakes at one listening socket. */
export class Entrance implements NativeListenerEvents {
  /** Set as soon as it listens: nothing comes before. */
  listener!: NativeListener;
  /** What makes a handshake's id one of its own among those of all sockets that a server has had. */
  readonly #firstId = entrances++ * IDS;

  constructor(private readonly parts: EntranceParts) {}

  refuse(handshake: number, code: StatusCode, message: string): void {
    this.listener.refuse(handshake, statusNumber(code), message);
  }

  onHello(handshake: number, peer: NativePeer, remote: NativeRemote): void {
    if (remote.service === PROBE_SERVICE) {
      this.refuse(handshake, 'ALREADY_EXISTS', 'a living server answers here');
      return;
    }
    const { admission, connection, reports, logger } = this.parts;
    try {
      const refusal = admission.judge(this.#idOf(handshake), peer, remote);
      if (refusal === undefined) {
        this.listener.welcome(handshake, connection);
        return;
      }
      this.refuse(handshake, isStatusCode(refusal.code) ? refusal.code : 'UNKNOWN', refusal.message);
      reports.add(peer, `refused, ${refusal.code}: ${refusal.message}`);
    } catch (err) {
      logger.error({ err, peer }, 'a connecting peer could not be judged');
      this.refuse(handshake, 'INTERNAL', 'the server failed to judge this client');
    }
  }

  onConnection(handshake: number, nativeConnection: NativeConnection): void {
    const { admission, policy, logger } = this.parts;
    const { peer, remote } = nativeConnection;
    const connection = new ShmConnection(native(), nativeConnection, {
      maxMessageBytes: Math.min(policy.hello.maxMessageBytes, remote.maxMessageBytes),
      // Servers answer, they do not call.
      mayBlock: false,
      logger,
      onEnded: admission.connected(this.#idOf(handshake), peer),
    });
    try {
      connection.attach(policy.onConnection(connection));
    } catch (err) {
      logger.error({ err, peer }, 'a new connection could not be set up');
      connection.fail('the server failed to set the connection up');
    }
  }

  onDropped(handshake: number): void {
    this.parts.admission.dropped(this.#idOf(handshake));
  }

  onTakeover(handshake: number, peer: NativePeer): void {
    this.parts.onTakeover(this, handshake, peer);
  }

  onProblem(peer: NativePeer | null, reason: string): void {
    this.parts.reports.add(peer ?? undefined, reason);
  }

  #idOf(handshake: number): number {
    return this.#firstId + handshake;
  }
}
