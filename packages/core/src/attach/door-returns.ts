import { type Connection, Kind, SendResult } from '../transport/transport.js';

const NOTHING = new Uint8Array(0);
/** How often it is looked whether what stands before has left, and whether the other side takes more. */
const POLL_MS = 5;
/** Doors that wait to be given back. More come only of a peer that sends new ones and takes none back. */
export const MOST_RETURNS = 2 ** 20;

/**
 * Gives doors of the other side back: behind the last calls of each, and no faster than the other side takes it. There may
 * be any number of them at once, and their owner may stand still.
 */
export class DoorReturns {
  /** Whether calls of a door wait here that the transport has not been given; set by whoever calls on the connection. */
  waitsFor: (door: number) => boolean = () => false;
  /** How many times less each is held. */
  readonly #counts = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly connection: Connection) {}

  /** The door is held once less. */
  add(door: number): void {
    if (this.#closed) return;
    const alone = this.#counts.size === 0;
    this.#counts.set(door, (this.#counts.get(door) ?? 0) + 1);
    if (alone) this.#send();
    else if (this.#counts.size > MOST_RETURNS) this.connection.fail('takes back none of its doors');
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
      for (const [door, count] of this.#counts) {
        if (this.waitsFor(door)) continue;
        const result = this.connection.send(Kind.doorRelease, 0, 0, door, count, NOTHING, 0, 0);
        if (result !== SendResult.accepted) break;
        this.#counts.delete(door);
      }
    }
    if (this.#counts.size > 0) this.#timer = setTimeout(() => this.#send(), POLL_MS).unref();
  }
}
