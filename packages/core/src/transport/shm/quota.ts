import { isOwnUid } from './credentials.js';

/** Bytes of ring memory in use, in all and by each other uid: one of them must not starve the rest. */
export class RingQuota {
  #used = 0;
  readonly #byUid = new Map<number, number>();

  constructor(private readonly limit: number) {}

  /** @returns false when it would be too much; nothing is counted then. */
  reserve(uid: number, bytes: number): boolean {
    const ofUid = this.#byUid.get(uid) ?? 0;
    const share = isOwnUid(uid) ? this.limit : this.limit / 2;
    if (this.#used + bytes > this.limit || ofUid + bytes > share) return false;
    this.#used += bytes;
    this.#byUid.set(uid, ofUid + bytes);
    return true;
  }

  release(uid: number, bytes: number): void {
    this.#used -= bytes;
    const ofUid = (this.#byUid.get(uid) ?? 0) - bytes;
    if (ofUid > 0) this.#byUid.set(uid, ofUid);
    else this.#byUid.delete(uid);
  }
}
