import type { OutgoingAttachment } from '../codec/attachments.js';
import type { Encoded } from '../codec/codec.js';
import { attachmentKindOf, type Blob, type OwnedFd } from '../contract/attachments.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import type { BlobPlace, Connection } from '../transport/transport.js';
import { DoorTable, type LocalDoor, localDoorSymbol, type OpenDoor } from './doors.js';
import { Incoming } from './incoming.js';
import { refuseDisposed } from './memory.js';
import { readTable, TableWriter } from './table.js';

/** A message with its table in front. Exactly one of `sent` and `undo` must follow. */
export interface Attached {
  /** Valid until the next message with a table is made. */
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
  attach(attachments: readonly OutgoingAttachment[], body: Encoded): Attached {
    return new Outgoing(this.connection, this.doors, attachments, body);
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

  #open(service: AnyService, id: number): unknown {
    if (this.openDoor === undefined) throw cannot('doors');
    return this.openDoor(service, id);
  }
}

/** What goes beside one message. */
class Outgoing implements Attached {
  readonly body: Encoded;
  /** Places of blobs, and numbers of doors. */
  readonly #given: (BlobPlace | number)[] = [];
  #owned: OwnedFd[] | undefined;
  #ticket = 0;

  constructor(
    private readonly connection: Connection,
    private readonly doors: DoorTable,
    attachments: readonly OutgoingAttachment[],
    body: Encoded,
  ) {
    const table = new TableWriter(attachments.length, body);
    try {
      for (const { kind, value } of attachments) {
        if (kind === 'blob') table.blob(this.#place(value));
        else if (kind === 'door') table.door(this.#give(value));
        else table.fd();
      }
      this.#sendFds(attachments);
    } catch (thrown) {
      this.undo();
      throw thrown;
    }
    this.body = table.finish(this.#ticket);
  }

  sent(): void {
    if (this.#owned !== undefined) for (const fd of this.#owned) fd.close();
  }

  undo(): void {
    for (const each of this.#given) {
      if (typeof each === 'number') this.doors.takeBack(each, 1);
      else this.connection.arena.unplace(each);
    }
    if (this.#ticket !== 0) this.connection.descriptors?.drop(this.#ticket);
  }

  #place(value: unknown): BlobPlace {
    const bytes = bytesOf(value);
    refuseDisposed(bytes);
    const place = this.connection.arena.place(bytes);
    this.#given.push(place);
    return place;
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
    const number = this.doors.give(door);
    this.#given.push(number);
    return number;
  }

  #sendFds(attachments: readonly OutgoingAttachment[]): void {
    const fds: number[] = [];
    for (const { kind, value } of attachments) {
      if (kind !== 'fd') continue;
      if (attachmentKindOf(value) === 'fd') {
        this.#owned ??= [];
        this.#owned.push(value as OwnedFd);
        fds.push((value as OwnedFd).fd);
      } else fds.push(value as number);
    }
    if (fds.length === 0) return;
    const { descriptors } = this.connection;
    if (descriptors === undefined) throw cannot('descriptors');
    this.#ticket = descriptors.send(fds);
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
