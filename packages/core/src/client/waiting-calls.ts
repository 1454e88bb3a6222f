import { holdProcess, releaseProcess } from '../context/keep-alive.js';
import { type Parcel, parcelBytes } from './parcel.js';
import type { PendingCall } from './pending-call.js';

/**
 * Calls that cannot be sent yet: no server, no place among the server's calls in flight, no credit, no space.
 * Each keeps its encoded input. Retried calls go first; unary and one-way calls do not wait for each other.
 */
export class WaitingCalls {
  /** How many wait, of all kinds. */
  size = 0;
  readonly #retries = new Set<PendingCall>();
  readonly #unary = new Set<PendingCall>();
  readonly #oneway = new Set<PendingCall>();
  #bytes = 0;

  constructor(
    private readonly maxCalls: number,
    private readonly maxBytes: number,
  ) {}

  /** @returns false when there are too many already */
  add(call: PendingCall, parcel: Parcel): boolean {
    const bytes = parcelBytes(parcel);
    if (this.size >= this.maxCalls || (this.size > 0 && this.#bytes + bytes > this.maxBytes)) return false;
    this.#put(call.plan.oneway ? this.#oneway : this.#unary, call, parcel);
    return true;
  }

  /** A call that was sent once already: its place is not questioned. */
  addRetry(call: PendingCall, parcel: Parcel): void {
    this.#put(this.#retries, call, parcel);
  }

  remove(call: PendingCall): void {
    const { parcel } = call;
    if (parcel === undefined) return;
    for (const calls of this.queues()) calls.delete(call);
    call.parcel = undefined;
    if (parcel.kind === 'fresh') parcel.attachments?.release();
    this.size -= 1;
    this.#bytes -= parcelBytes(parcel);
    if (this.size === 0) releaseProcess();
  }

  /** The queues, in the order in which they are served. Calls may be removed while one is iterated. */
  queues(): readonly Set<PendingCall>[] {
    return [this.#retries, this.#unary, this.#oneway];
  }

  *[Symbol.iterator](): Iterator<PendingCall> {
    for (const queue of this.queues()) yield* queue;
  }

  #put(queue: Set<PendingCall>, call: PendingCall, parcel: Parcel): void {
    if (this.size === 0) holdProcess();
    this.size += 1;
    call.parcel = parcel;
    queue.add(call);
    this.#bytes += parcelBytes(parcel);
  }
}
