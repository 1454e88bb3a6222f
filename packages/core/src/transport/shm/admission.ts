import type { NativePeer, NativeRemote } from '@doorcall/native';
import type { AcceptPolicy, Refusal } from '../transport.js';
import { isIdentity, isOwnUid, ownUid } from './credentials.js';
import { RingQuota } from './quota.js';

export interface AdmissionOptions {
  readonly sameUidOnly: boolean;
  readonly ringBytes: number;
  readonly maxRingBytes: number;
  readonly handshakeTimeoutMs: number;
}

interface Reservation {
  readonly uid: number;
  readonly expiresAt: number;
}

/** A welcomed peer that is silent for longer than the handshake's timeout will not come back. */
const SLACK_MS = 1_000;

/** Decides about peers that have introduced themselves. No memory is made for one that is not let in. */
export class Admission {
  readonly #quota: RingQuota;
  /** Both rings of a connection: the peer's is at most as large as ours. */
  readonly #bytesEach: number;
  /** Memory promised to handshakes that are not finished, in the order in which they expire. */
  readonly #reserved = new Map<number, Reservation>();

  constructor(
    private readonly policy: AcceptPolicy,
    private readonly options: AdmissionOptions,
  ) {
    this.#quota = new RingQuota(options.maxRingBytes);
    this.#bytesEach = 2 * options.ringBytes;
  }

  /** Why the peer is not let in; undefined when it is, and then its memory is reserved. */
  judge(handshake: number, peer: NativePeer, remote: NativeRemote): Refusal | undefined {
    const refusal = this.#judgeUser(peer) ?? this.#judgeService(remote) ?? this.policy.allow(peer, remote);
    return refusal ?? this.#reserve(handshake, peer.uid);
  }

  /** The handshake has become a connection. @returns what to call when that has ended. */
  connected(handshake: number, peer: NativePeer): () => void {
    this.#reserved.delete(handshake);
    return () => this.#quota.release(peer.uid, this.#bytesEach);
  }

  /** A handshake that was let in came to nothing. */
  cancelled(handshake: number): void {
    const reservation = this.#reserved.get(handshake);
    if (reservation === undefined) return;
    this.#reserved.delete(handshake);
    this.#quota.release(reservation.uid, this.#bytesEach);
  }

  #judgeUser({ uid }: NativePeer): Refusal | undefined {
    if (!this.options.sameUidOnly || isOwnUid(uid)) return undefined;
    const message = isIdentity(uid)
      ? `this server runs as uid ${ownUid()} and admits no calls of uid ${uid}`
      : `this server cannot tell who calls: uid ${uid} stands for every user that has none here`;
    return { code: 'PERMISSION_DENIED', message };
  }

  #judgeService({ service }: NativeRemote): Refusal | undefined {
    const { hello, alsoServes } = this.policy;
    if (service === hello.service || alsoServes.includes(service)) return undefined;
    return { code: 'UNIMPLEMENTED', message: `this is ${hello.service}, not ${service}` };
  }

  #reserve(handshake: number, uid: number): Refusal | undefined {
    const now = performance.now();
    for (const [old, { expiresAt }] of this.#reserved) {
      if (expiresAt > now) break;
      this.cancelled(old);
    }
    if (!this.#quota.reserve(uid, this.#bytesEach)) {
      const message = `the connections to ${this.policy.hello.service} use all the ring memory it may have`;
      return { code: 'RESOURCE_EXHAUSTED', message };
    }
    const expiresAt = now + this.options.handshakeTimeoutMs + SLACK_MS;
    this.#reserved.set(handshake, { uid, expiresAt });
    return undefined;
  }
}
