import type { Attached } from '../attach/attachments.js';
import type { Connection } from '../transport/transport.js';
import type { PendingCall } from './pending-call.js';

/** How often it is looked whether the transport's queue is empty. */
const FLUSH_POLL_MS = 5;

/**
 * What goes beside requests that were accepted and may still be in the transport's queue: they can be taken back from
 * there, and nothing was given away then.
 */
export class Departures {
  readonly #calls = new Set<PendingCall>();

  /** A request was accepted. */
  add(connection: Connection, call: PendingCall, attached: Attached): void {
    if (call.plan.oneway || connection.queuedMessages === 0) {
      attached.sent();
      return;
    }
    call.attached = attached;
    this.#calls.add(call);
    if (this.#calls.size === 1) this.#look(connection);
  }

  /** The other side has it, or may have it. */
  left(call: PendingCall): void {
    this.#remove(call)?.sent();
  }

  /** The other side certainly never took it. */
  returned(call: PendingCall): void {
    this.#remove(call)?.undo();
  }

  #remove(call: PendingCall): Attached | undefined {
    const { attached } = call;
    if (attached === undefined) return undefined;
    call.attached = undefined;
    this.#calls.delete(call);
    return attached;
  }

  /** A handler may wait for the end of a pipe whose last writer is here: its answer is not waited for. */
  #look(connection: Connection): void {
    const look = () => {
      if (connection.queuedMessages === 0) for (const call of this.#calls) this.left(call);
      if (this.#calls.size > 0) this.#look(connection);
    };
    setTimeout(look, FLUSH_POLL_MS).unref();
  }
}
