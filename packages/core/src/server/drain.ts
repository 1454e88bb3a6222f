import { type Connection, Kind } from '../transport/transport.js';

const NOTHING = new Uint8Array(0);
/** How often a drained connection is looked at: has its last message left? */
const FLUSH_POLL_MS = 5;

/** The end of a connection in good order: the client is asked to go, and nothing that it has begun is cut off. */
export class Drain {
  /** The client has said that it makes no more calls here. */
  callsAreOver = false;
  /** The connection has ended, by this or otherwise. */
  closed = false;
  #begun = false;
  /** A timer runs: the last messages are leaving. */
  #looksAgain = false;

  /** @param busy whether calls are still to be answered */
  constructor(
    private readonly connection: Connection,
    private readonly busy: () => boolean,
  ) {}

  /** Asks the client to make no more calls here. @returns false when it was asked before, or is gone */
  begin(): boolean {
    if (this.closed || this.#begun) return false;
    this.#begun = true;
    this.connection.send(Kind.goaway, 0, 0, 0, 0, NOTHING, 0, 0);
    return true;
  }

  /** Closes the connection, if it has been drained. To be called whenever that may have come true. */
  closeIfDone(): void {
    if (!this.#begun || !this.callsAreOver || this.closed) return;
    if (this.busy() || this.#looksAgain) return;
    if (this.connection.queuedMessages === 0) {
      this.connection.close('the server has drained');
      return;
    }
    // Closing would leave the last answers little time, however large they are and however slowly they are read.
    this.#looksAgain = true;
    setTimeout(() => {
      this.#looksAgain = false;
      this.closeIfDone();
    }, FLUSH_POLL_MS);
  }
}
