import { isControl, isOfStream, type Kind, SendResult } from '../transport.js';

/** One message on its way. `bytes` is the transport's own copy. */
export interface Message {
  readonly kind: Kind;
  flags: number;
  readonly method: number;
  readonly callId: number;
  readonly aux: number;
  readonly bytes: Uint8Array;
}

interface Sending {
  readonly message: Message;
  /** Bytes that are not in the ring yet. */
  left: number;
}

interface Piece {
  readonly message: Message;
  readonly cost: number;
  readonly last: boolean;
}

/** Bounds of one direction. */
export interface LaneLimits {
  readonly ringBytes: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

/** What a record costs besides its payload, as in the shared-memory ring. */
const HEADER_BYTES = 16;

/**
 * One direction of a connection: a private queue of the sender, and a ring of bounded size that the receiver
 * empties. Messages larger than a quarter of the ring travel in pieces between which others pass.
 */
export class Lane {
  readonly #limits: LaneLimits;
  /** Largest part of a message that is put into the ring at once. */
  readonly pieceBytes: number;
  readonly #queue: Sending[] = [];
  #queuedBytes = 0;
  #ring: Piece[] = [];
  #free: number;
  /** The sender was told "full" and waits for `writable`. */
  #refused = false;

  constructor(
    limits: LaneLimits,
    /** There is something in the ring. */
    private readonly arrived: () => void,
    /** After a refusal there is space again. */
    private readonly writable: () => void,
  ) {
    this.#limits = limits;
    this.#free = limits.ringBytes;
    this.pieceBytes = (limits.ringBytes >> 2) - HEADER_BYTES;
  }

  get queuedMessages(): number {
    return this.#queue.length;
  }

  push(message: Message): SendResult {
    if (isControl(message.kind)) {
      this.#ring.push({ message, cost: 0, last: true });
      if (this.#ring.length === 1) this.arrived();
      return SendResult.accepted;
    }
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    const size = message.bytes.length;
    const over = this.#queue.length >= maxQueuedMessages || this.#queuedBytes + size > maxQueuedBytes;
    // A message that is above the quota on its own still gets its turn, alone.
    if ((over || isOfStream(message.kind)) && this.#queue.length > 0) {
      this.#refused = true;
      return SendResult.full;
    }
    this.#queue.push({ message, left: size });
    this.#queuedBytes += size;
    this.#fill();
    return SendResult.accepted;
  }

  /** Takes a message back whose last byte is not in the ring yet. */
  withdraw(callId: number, kind: number): boolean {
    const at = this.#queue.findIndex(({ message }) => message.callId === callId && message.kind === kind);
    const found = this.#queue[at];
    if (found === undefined) return false;
    this.#queue.splice(at, 1);
    this.#queuedBytes -= found.message.bytes.length;
    this.#ring = this.#ring.filter((piece) => {
      if (piece.message !== found.message) return true;
      this.#free += piece.cost;
      return false;
    });
    this.#fill();
    return true;
  }

  /** Empties the ring: the messages that are complete now, in order. */
  take(): Message[] {
    const complete: Message[] = [];
    for (const piece of this.#ring) {
      this.#free += piece.cost;
      if (piece.last) complete.push(piece.message);
    }
    this.#ring = [];
    this.#fill();
    if (this.#refused && this.#queue.length === 0) {
      this.#refused = false;
      this.writable();
    }
    return complete;
  }

  /** Everything that was sent and not taken, as an orderly close delivers it. */
  takeAll(): Message[] {
    const rest = this.#ring.filter((piece) => piece.last).map((piece) => piece.message);
    for (const { message } of this.#queue) rest.push(message);
    this.#ring = [];
    this.#queue.length = 0;
    return rest;
  }

  #fill(): void {
    const before = this.#ring.length;
    let room = true;
    while (room && this.#queue.length > 0) {
      for (let at = 0; at < this.#queue.length; ) {
        const sending = this.#queue[at] as Sending;
        const bytes = Math.min(sending.left, this.pieceBytes);
        const cost = bytes + HEADER_BYTES;
        if (cost > this.#free) {
          room = false;
          break;
        }
        this.#free -= cost;
        sending.left -= bytes;
        this.#ring.push({ message: sending.message, cost, last: sending.left === 0 });
        if (sending.left > 0) {
          at += 1;
        } else {
          this.#queue.splice(at, 1);
          this.#queuedBytes -= sending.message.bytes.length;
        }
      }
    }
    if (before === 0 && this.#ring.length > 0) this.arrived();
  }
}
