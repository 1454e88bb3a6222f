import type { NativePeer, NativeRemote } from '@doorcall/native';
import type { AcceptPolicy, Refusal } from '../transport.js';
import { isIdentity, isOwnUid, ownUid } from './credentials.js';
import { RingQuota } from './quota.js';

export interface AdmissionOptions {
  readonly sameUidOnly: boolean;
  readonly ringBytes: number;
  readonly maxRingBytes: number;
}

/** Decides about peers that have introduced themselves. No memory is made for one that is not let in. */
export class Admission {
  readonly #quota: RingQuota;
  /** Both rings of a connection: the peer's is at most as large as ours. */
  readonly #bytesEach: number;
  /** Handshakes that were let in and are not finished: whose memory is promised. */
  readonly #reserved = new Map<number, number>();

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

  /** A handshake came to nothing. */
  dropped(handshake: number): void {
    const uid = this.#reserved.get(handshake);
    if (uid === undefined) return;
    this.#reserved.delete(handshake);
    this.#quota.release(uid, this.#bytesEach);
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
    if (!this.#quota.reserve(uid, this.#bytesEach)) {
      const message = `the connections to ${this.policy.hello.service} use all the ring memory it may have`;
      return { code: 'RESOURCE_EXHAUSTED', message };
    }
    this.#reserved.set(handshake, uid);
    return undefined;
  }
}
