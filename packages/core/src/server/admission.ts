/** What admission keeps for each connection. */
export interface Admitted {
  /** Calls of this connection that count against the limits. */
  inFlight: number;
  /** A place is kept for the connection's next call. */
  hasTurn: boolean;
  /** A call was refused: at the connection's own limit, or in the queue for the server's. */
  waits: 'no' | 'own-limit' | 'queue';
  /** The connection has its turn. Nothing may enter or leave before this returns. */
  takeTurn(): void;
}

/**
 * How many calls may be in flight, per connection and in all. A refused connection waits until there is a
 * place, and places go round: one for each waiting connection in turn, so that a greedy client delays a
 * polite one by no more than one call per client.
 */
export class Admission {
  /** Calls in flight in all. */
  inFlight = 0;
  #kept = 0;
  #queue: Admitted[] = [];

  constructor(
    private readonly perConnection: number,
    private readonly inAll: number,
  ) {}

  /** Connections that wait for a place. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Counts one call in. When it answers false, the connection waits for its turn. */
  enter(member: Admitted): boolean {
    if (member.hasTurn) {
      member.hasTurn = false;
      this.#kept -= 1;
    } else if (member.inFlight >= this.perConnection) {
      member.waits = 'own-limit';
      return false;
    } else if (this.#queue.length > 0 || this.inFlight + this.#kept >= this.inAll) {
      this.#wait(member);
      return false;
    }
    this.inFlight += 1;
    member.inFlight += 1;
    return true;
  }

  /** Counts one call out. */
  leave(member: Admitted): void {
    this.inFlight -= 1;
    member.inFlight -= 1;
    if (member.waits === 'own-limit') this.#wait(member);
    if (this.#queue.length > 0) this.#grant();
  }

  /** The connection has more calls that wait. */
  waitAgain(member: Admitted): void {
    if (member.waits !== 'no' || member.hasTurn) return;
    this.#wait(member);
    this.#grant();
  }

  /** A connection that cannot use its turn does not keep the place. */
  giveTurnBack(member: Admitted): void {
    if (!member.hasTurn) return;
    member.hasTurn = false;
    this.#kept -= 1;
    this.#grant();
  }

  /** The connection is gone, and all its calls with it. */
  remove(member: Admitted): void {
    this.inFlight -= member.inFlight;
    member.inFlight = 0;
    if (member.waits === 'queue') this.#queue = this.#queue.filter((other) => other !== member);
    member.waits = 'no';
    this.giveTurnBack(member);
    this.#grant();
  }

  #wait(member: Admitted): void {
    member.waits = 'queue';
    this.#queue.push(member);
  }

  #grant(): void {
    while (this.#queue.length > 0 && this.inFlight + this.#kept < this.inAll) {
      const member = this.#queue.shift() as Admitted;
      member.waits = 'no';
      member.hasTurn = true;
      this.#kept += 1;
      member.takeTurn();
    }
  }
}
