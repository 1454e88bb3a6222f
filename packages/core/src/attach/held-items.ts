import { isRpcError } from '../errors/rpc-error.js';
import { type Connection, Flag } from '../transport/transport.js';
import { attachmentsOf } from './attachments.js';
import type { Incoming } from './incoming.js';
import { fdsOfTable } from './table.js';

/** What comes beside the items of one stream. */
export class HeldItems {
  #held: Incoming | undefined;

  /**
   * Opens the table of an item, if it has one; what came is kept for {@link take}.
   * @param connection that the item came on
   * @throws RpcError INTERNAL for a damaged table, RESOURCE_EXHAUSTED when there is no room for what came.
   */
  open(
    connection: Connection,
    flags: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Incoming | undefined {
    if ((flags & Flag.attachments) === 0) return undefined;
    this.#held = attachmentsOf(connection).open(bytes, start, end);
    return this.#held;
  }

  /** How many descriptors come with an item that has a table, where both sides count them. */
  fdsIn(connection: Connection, bytes: Uint8Array, start: number, end: number): number {
    return connection.remote.fdCredit ? fdsOfTable(bytes, start, end) : 0;
  }

  /** What came beside the last item. */
  take(): Incoming | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  /** Gives back what came beside an item that nobody reads. What there is no room for is given back by that. */
  drop(connection: Connection, bytes: Uint8Array, start: number, end: number): void {
    try {
      attachmentsOf(connection).open(bytes, start, end).discard();
    } catch (thrown) {
      if (!isRpcError(thrown)) throw thrown;
      if (thrown.code === 'INTERNAL') connection.fail(thrown.message);
    }
  }
}
