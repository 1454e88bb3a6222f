import { type Connection, Kind, SendResult } from '../transport/transport.js';

const NOTHING = new Uint8Array(0);
const NONE: ReadonlySet<number> = new Set();
/** How often it is looked whether what stands before has left, and whether the other side takes more. */
const POLL_MS = 5;
/** Doors that wait to be given back. More come only of a peer that sends new ones and takes none back. */
export const MOST_RETURNS = 2 ** 17;

/**
 * Gives doors of the other side back: behind the last calls of each, and no faster than the other side takes it. There may
 * be any number of them at once, and their owner may stand still.
 */
export class DoorReturns {
  /** The doors whose calls wait here, and have not been given to the transport; set by whoever calls on the connection. */
  waiting: () => ReadonlySet<number> = () => NONE;
  /** How many times less each is held. */
  readonly #counts = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly connection: Connection) {}

  /** The door is held once less. */
  add(door: number): void {
    if (this.#closed) return;
    const alone = this.#counts.size === 0;
    this.#keep(door);
    if (alone) this.#send();
  }

  /** The same of one that was never opened: no call of it can stand before. */
  addUnopened(door: number): void {
    if (this.#closed || (this.#counts.size === 0 && this.#give(door, 1))) return;
    this.#keep(door);
    this.#timer ??= this.#later();
  }

  #keep(door: number): void {
    this.#counts.set(door, (this.#counts.get(door) ?? 0) + 1);
    if (this.#counts.size > MOST_RETURNS) this.connection.fail('takes back none of its doors');
  }

  #give(door: number, count: number): boolean {
    const result = this.connection.send(Kind.doorRelease, 0, 0, door, count, NOTHING, 0, 0);
    return result === SendResult.accepted;
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => this.#send(), POLL_MS).unref();
  }

  /** The connection is gone, and all doors with it. */
  close(): void {
    this.#closed = true;
    this.#counts.clear();
    clearTimeout(this.#timer);
  }

  #send(): void {
    // What gives a door back overtakes messages that wait for space.
    if (this.connection.queuedMessages === 0) {
      const waiting = this.waiting();
      for (const [door, count] of this.#counts) {
        if (waiting.has(door)) continue;
        if (!this.#give(door, count)) break;
        this.#counts.delete(door);
      }
    }
    this.#timer = this.#counts.size > 0 ? this.#later() : undefined;
  }
}
