import { type Connection, Kind, SendResult } from '../transport/transport.js';

const NOTHING = new Uint8Array(0);

/** How many one-way messages a client may have under way: each costs it a credit, which it gets back. */
export class OnewayWindow {
  /** Messages received, minus credits given back. */
  #outstanding = 0;
  #owed = 0;
  /** Credits go back by so many at once. */
  readonly #batch: number;

  constructor(
    private readonly connection: Connection,
    private readonly size: number,
  ) {
    this.#batch = Math.max(1, size >> 2);
  }

  /** A message has come. @returns false when the client had no credit for it */
  take(): boolean {
    this.#outstanding += 1;
    return this.#outstanding <= this.size;
  }

  /** A message has been dealt with. */
  done(): void {
    this.#owed += 1;
    if (this.#owed >= this.#batch) this.giveCredits();
  }

  /** Gives back what is owed, as soon as the transport takes it. */
  giveCredits(): void {
    const credits = this.#owed;
    if (credits === 0) return;
    if (this.connection.send(Kind.credit, 0, 0, 0, credits, NOTHING, 0, 0) !== SendResult.accepted) return;
    this.#outstanding -= credits;
    this.#owed = 0;
  }
}
