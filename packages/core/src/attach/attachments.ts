import type { OutgoingAttachment } from '../codec/attachments.js';
import type { Encoded } from '../codec/codec.js';
import { attachmentKindOf, type Blob, type OwnedFd } from '../contract/attachments.js';
import { describe } from '../contract/descriptor.js';
import type { AnyService } from '../contract/types.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import type { BlobPlace, Connection } from '../transport/transport.js';
import { DoorReturns } from './door-returns.js';
import { DoorTable, localDoorOf, type OpenDoor } from './doors.js';
import { Incoming } from './incoming.js';
import { giveUp, refuseDisposed } from './memory.js';
import { readTable, TableWriter, tableBytes } from './table.js';

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

/** What travels beside an item, before it does. */
export interface AttachedItem {
  /** How much longer the item becomes by its table. */
  readonly tableBytes: number;
  readonly fds: number;
  /** @returns undefined when there is no room before the connection becomes writable @throws RpcError as {@link ConnectionAttachments.attach} */
  attach(body: Encoded): Attached | undefined;
  /** The item is not sent after all. */
  drop(): void;
}

/** Turns attachments into lines of a message's table, and back. */
export class ConnectionAttachments {
  /** Doors that were sent over this connection. */
  readonly doors = new DoorTable();
  /** Set by whoever calls on this connection. */
  openDoor: OpenDoor | undefined;
  /** Doors of the other side's that are not held any more. */
  readonly doorReturns: DoorReturns;
  readonly #atEnd = new Set<() => void>();

  constructor(private readonly connection: Connection) {
    this.doorReturns = new DoorReturns(connection);
  }

  /**
   * @param givenAway an answer: memory that goes with it is given up when it is sent
   * @throws RpcError when something of it cannot be sent to this side; then nothing of it is.
   */
  attach(attachments: readonly OutgoingAttachment[], body: Encoded, givenAway = false): Attached {
    return new Outgoing(this.connection, this.doors, attachments, body, { item: false, givenAway });
  }

  /**
   * The same for an item of a stream, which can wait: nothing of it leaves before the item may. It ends by `drop`, or by
   * `sent` or `undo` of what was attached.
   * @param givenAway as for {@link attach}; owned descriptors and such memory are given up, too, when it is not sent
   */
  attachItem(attachments: readonly OutgoingAttachment[], givenAway: boolean): AttachedItem {
    // Its doors are as good as held: their owner is not told between two attempts that nobody holds them.
    countDoors(attachments, 1);
    const drop = () => {
      countDoors(attachments, -1);
      if (givenAway) giveUpAll(attachments);
    };
    return {
      tableBytes: tableBytes(attachments.length),
      fds: this.connection.remote.fdCredit ? countFds(attachments) : 0,
      attach: (body) => {
        const outgoing = new Outgoing(this.connection, this.doors, attachments, body, {
          item: true,
          givenAway,
        });
        if (outgoing.mustWait) return undefined;
        const sent = () => {
          countDoors(attachments, -1);
          outgoing.sent();
        };
        const undo = () => {
          outgoing.undo();
          drop();
        };
        return { body: outgoing.body, sent, undo };
      },
      drop,
    };
  }

  /**
   * Takes what came beside a message; the body begins at `bodyStart` of the result.
   * @throws RpcError INTERNAL when the table is damaged; RESOURCE_EXHAUSTED when there is no room for what came.
   */
  open(bytes: Uint8Array, start: number, end: number): Incoming {
    const table = readTable(bytes, start, end);
    const open: OpenDoor = (service, id) => this.#open(service, id);
    return new Incoming(this.connection, table, open, this.doorReturns);
  }

  /** @returns what ends that */
  whenClosed(tell: () => void): () => void {
    this.#atEnd.add(tell);
    return () => this.#atEnd.delete(tell);
  }

  /** The connection is gone. */
  closed(): void {
    this.doors.clear();
    this.doorReturns.close();
    for (const tell of this.#atEnd) tell();
  }

  #open(service: AnyService, id: number): unknown {
    if (this.openDoor === undefined) throw cannot('doors');
    return this.openDoor(service, id);
  }
}

interface How {
  /** An item of a stream, which can wait for room. */
  readonly item: boolean;
  /** An answer, with which memory of its handler's goes. */
  readonly givenAway: boolean;
}

/** What goes beside one message. */
class Outgoing implements Attached {
  readonly body: Encoded;
  /** There is no room now, and there will be: nothing has happened. */
  readonly mustWait: boolean = false;
  /** Places of blobs, and numbers of doors. */
  readonly #given: (BlobPlace | number)[] = [];
  #owned: OwnedFd[] | undefined;
  #ticket = 0;
  /** Why a blob could not be lent. */
  #unlent: unknown;

  constructor(
    private readonly connection: Connection,
    private readonly doors: DoorTable,
    private readonly attachments: readonly OutgoingAttachment[],
    body: Encoded,
    private readonly how: How,
  ) {
    this.body = body;
    const table = new TableWriter(attachments.length, body);
    try {
      for (const { kind, value } of attachments) {
        if (kind === 'blob') table.blob(this.#place(value));
        else if (kind === 'door') this.#door(table, value);
        else table.fd();
      }
      this.mustWait = !this.#sendFds(attachments);
    } catch (thrown) {
      this.undo();
      if (!how.item || !this.#mayComeBack(thrown)) throw thrown;
      this.mustWait = true;
      return;
    }
    if (this.mustWait) {
      this.undo();
      return;
    }
    this.body = table.finish(this.#ticket);
  }

  sent(): void {
    if (this.how.givenAway) giveUpAll(this.attachments);
    else if (this.#owned !== undefined) for (const fd of this.#owned) fd.close();
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
    try {
      const place = this.connection.arena.place(bytes);
      this.#given.push(place);
      return place;
    } catch (thrown) {
      this.#unlent = thrown;
      throw thrown;
    }
  }

  #door(table: TableWriter, value: unknown): void {
    const door = localDoorOf(value);
    if (door === undefined) {
      throw new RpcError(
        'FAILED_PRECONDITION',
        'a door that was received cannot be passed on; its owner can send it',
      );
    }
    if (door.revoked) throw new RpcError('FAILED_PRECONDITION', 'the door was revoked');
    const number = this.doors.give(door);
    this.#given.push(number);
    table.door(number, describe(door.service).fingerprint);
  }

  /** Whether it was for want of room for a blob, of which the other side holds some. */
  #mayComeBack(thrown: unknown): boolean {
    if (thrown !== this.#unlent || !isRpcError(thrown)) return false;
    return thrown.code === 'RESOURCE_EXHAUSTED' && this.connection.arena.awaitRoom();
  }

  /** @returns false when they have to wait */
  #sendFds(attachments: readonly OutgoingAttachment[]): boolean {
    const fds: number[] = [];
    for (const { kind, value } of attachments) {
      if (kind !== 'fd') continue;
      if (attachmentKindOf(value) === 'fd') {
        this.#owned ??= [];
        this.#owned.push(value as OwnedFd);
        fds.push((value as OwnedFd).fd);
      } else fds.push(value as number);
    }
    if (fds.length === 0) return true;
    const { descriptors } = this.connection;
    if (descriptors === undefined) throw cannot('descriptors');
    const ticket = this.how.item ? descriptors.sendForItem(fds) : descriptors.send(fds);
    this.#ticket = ticket ?? 0;
    return ticket !== undefined;
  }
}

function countFds(attachments: readonly OutgoingAttachment[]): number {
  let fds = 0;
  for (const { kind } of attachments) if (kind === 'fd') fds += 1;
  return fds;
}

function countDoors(attachments: readonly OutgoingAttachment[], references: 1 | -1): void {
  for (const { kind, value } of attachments) if (kind === 'door') localDoorOf(value)?.count(references);
}

/** A blob that was received may be one of another copy of the package. */
function bytesOf(value: unknown): Uint8Array {
  return attachmentKindOf(value) === 'blob' ? (value as Blob).bytes : (value as Uint8Array);
}

/** Gives up what a result brings: whoever returned it has given it away, whether it is sent or not. */
export function giveUpAll(attachments: readonly OutgoingAttachment[]): void {
  for (const { kind, value } of attachments) {
    if (kind === 'fd' && attachmentKindOf(value) === 'fd') (value as OwnedFd).close();
    else if (kind === 'blob' && value instanceof Uint8Array) giveUp(value);
  }
}

function cannot(what: string): RpcError {
  return new RpcError('FAILED_PRECONDITION', `this transport carries no ${what}`, { origin: 'transport' });
}
