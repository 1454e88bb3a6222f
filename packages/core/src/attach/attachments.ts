import type { OutgoingAttachment } from '../codec/attachments.js';
import type { Encoded } from '../codec/codec.js';
import { attachmentKindOf, type Blob, type OwnedFd } from '../contract/attachments.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import type { Connection } from '../transport/transport.js';
import { DoorTable, type LocalDoor, localDoorSymbol, type OpenDoor } from './doors.js';
import { Incoming } from './incoming.js';
import { refuseDisposed } from './memory.js';
import { type Entry, readTable, writeTable } from './table.js';

/** A message with its table in front. Exactly one of `sent` and `undo` must follow. */
export interface Attached {
  readonly body: Encoded;
  /** The message was accepted: what was given away is not ours any more. */
  sent(): void;
  /** It was not: nothing has happened. */
  undo(): void;
}

const known = new WeakMap<Connection, ConnectionAttachments>();

/** What stands behind the attachments of a connection; the same for both of its halves. */
export function attachmentsOf(connection: Connection): ConnectionAttachments {
  let attachments = known.get(connection);
  if (attachments === undefined) {
    attachments = new ConnectionAttachments(connection);
    known.set(connection, attachments);
  }
  return attachments;
}

/** Turns attachments into lines of a message's table, and back. */
export class ConnectionAttachments {
  /** Doors that were sent over this connection. */
  readonly doors = new DoorTable();
  /** Set by whoever calls on this connection. */
  openDoor: OpenDoor | undefined;

  constructor(private readonly connection: Connection) {}

  /** @throws RpcError when something of it cannot be sent to this side; then nothing of it is. */
  attach(attachments: readonly OutgoingAttachment[], { bytes, start, end }: Encoded): Attached {
    // Placing blobs may run code that encodes: the body is the codec's.
    const body = new Uint8Array(bytes.subarray(start, end));
    const undo: (() => void)[] = [];
    const owned: OwnedFd[] = [];
    try {
      const entries = attachments.map((each) => this.#entry(each, undo));
      const fds = attachments.flatMap(({ kind, value }) =>
        kind === 'fd' ? [this.#number(value, owned)] : [],
      );
      const ticket = fds.length === 0 ? 0 : this.#sendFds(fds, undo);
      const message = writeTable(entries, ticket, body);
      return {
        body: { bytes: message, start: 0, end: message.length },
        sent: () => {
          for (const fd of owned) fd.close();
        },
        undo: () => {
          for (const each of undo) each();
        },
      };
    } catch (thrown) {
      for (const each of undo) each();
      throw thrown;
    }
  }

  /**
   * Takes what came beside a message; the body begins at `bodyStart` of the result.
   * @throws RpcError INTERNAL when the table is damaged; RESOURCE_EXHAUSTED when there is no room for what came.
   */
  open(bytes: Uint8Array, start: number, end: number): Incoming {
    const table = readTable(bytes, start, end);
    return new Incoming(this.connection, table, (service, id) => this.#open(service, id));
  }

  /** The connection is gone. */
  closed(): void {
    this.doors.clear();
  }

  #entry({ kind, value }: OutgoingAttachment, undo: (() => void)[]): Entry {
    switch (kind) {
      case 'fd':
        return { kind: 'fd' };
      case 'door': {
        const door = this.#give(value);
        undo.push(() => void this.doors.takeBack(door, 1));
        return { kind: 'door', door };
      }
      case 'blob': {
        const { arena } = this.connection;
        const bytes = bytesOf(value);
        refuseDisposed(bytes);
        const place = arena.place(bytes);
        undo.push(() => arena.unplace(place));
        return { kind: 'blob', ...place };
      }
    }
  }

  #give(value: unknown): number {
    const door = (value as { [localDoorSymbol]?: LocalDoor })[localDoorSymbol];
    if (door === undefined) {
      throw new RpcError(
        'FAILED_PRECONDITION',
        'a door that was received cannot be passed on; its owner can send it',
      );
    }
    if (door.revoked) throw new RpcError('FAILED_PRECONDITION', 'the door was revoked');
    return this.doors.give(door);
  }

  #number(value: unknown, owned: OwnedFd[]): number {
    if (attachmentKindOf(value) !== 'fd') return value as number;
    owned.push(value as OwnedFd);
    return (value as OwnedFd).fd;
  }

  #sendFds(fds: readonly number[], undo: (() => void)[]): number {
    const { descriptors } = this.connection;
    if (descriptors === undefined) throw cannot('descriptors');
    const ticket = descriptors.send(fds);
    undo.push(() => descriptors.drop(ticket));
    return ticket;
  }

  #open(service: AnyService, id: number): unknown {
    if (this.openDoor === undefined) throw cannot('doors');
    return this.openDoor(service, id);
  }
}

/** A blob that was received may be one of another copy of the package. */
function bytesOf(value: unknown): Uint8Array {
  return attachmentKindOf(value) === 'blob' ? (value as Blob).bytes : (value as Uint8Array);
}

/** Closes descriptors of a result that is not sent after all: whoever returned it has given them away. */
export function closeOwned(attachments: readonly OutgoingAttachment[]): void {
  for (const { kind, value } of attachments) {
    if (kind === 'fd' && attachmentKindOf(value) === 'fd') (value as OwnedFd).close();
  }
}

function cannot(what: string): RpcError {
  return new RpcError('FAILED_PRECONDITION', `this transport carries no ${what}`, { origin: 'transport' });
}
