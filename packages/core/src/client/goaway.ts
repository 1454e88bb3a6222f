import { type Connection, Kind } from '../transport/transport.js';

const NOTHING = new Uint8Array(0);
/** How often it is looked whether the last message has left. */
const FLUSH_POLL_MS = 5;

/** Says that no more calls come, once everything that was sent has left: large calls may still be on their way. */
export function answerGoaway(connection: Connection, sendable: () => boolean): void {
  if (!sendable()) return;
  if (connection.queuedMessages > 0) setTimeout(() => answerGoaway(connection, sendable), FLUSH_POLL_MS);
  else connection.send(Kind.goaway, 0, 0, 0, 0, NOTHING, 0, 0);
}
