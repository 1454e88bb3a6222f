import type { IncomingAttachments } from '../codec/attachments.js';
import type { AttachmentKind, OwnedFd } from '../contract/attachments.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { type Connection, Kind } from '../transport/transport.js';
import type { OpenDoor } from './doors.js';
import { ownFd } from './owned-fd.js';
import { ReceivedBlob } from './received-blob.js';
import type { Entry, Table } from './table.js';

const NOTHING = new Uint8Array(0);

/**
 * What came beside one message. It is taken at once, whatever becomes of the message: either all of it is handed on with
 * the message's value (`handedOn`), or all of it is given back (`discard`).
 */
export class Incoming implements IncomingAttachments {
  readonly bodyStart: number;
  readonly #entries: readonly Entry[];
  /** By entry: gives it back. */
  readonly #giveBack: (() => void)[];
  /** By entry: makes its value; undefined once that was asked for. */
  readonly #values: (((service: AnyService | undefined) => unknown) | undefined)[];

  /**
   * @throws RpcError RESOURCE_EXHAUSTED when this process has no room for the descriptors; INTERNAL when others came than
   * the table says. Nothing of the message is kept then.
   */
  constructor(
    private readonly connection: Connection,
    { entries, fds, ticket, bodyStart }: Table,
    private readonly openDoor: OpenDoor,
  ) {
    this.bodyStart = bodyStart;
    this.#entries = entries;
    const taken = fds === 0 ? [] : (connection.descriptors?.take(ticket) ?? []);
    const owned = taken.map(ownFd);
    this.#giveBack = [];
    try {
      // The table is the peer's word, and so is how many it sent.
      if (owned.length !== fds) throw otherDescriptors(fds, owned.length);
      this.#values = entries.map((entry) => this.#take(entry, owned));
    } catch (thrown) {
      this.discard();
      for (const fd of owned) fd.close();
      throw thrown;
    }
  }

  at(index: number, kind: AttachmentKind, service: AnyService | undefined): unknown {
    const make = this.#values[index];
    if (make === undefined || this.#entries[index]?.kind !== kind)
      throw new TypeError(`there is no ${kind} ${index} beside the message`);
    this.#values[index] = undefined;
    return make(service);
  }

  /** The message has not reached anybody. Idempotent, and without effect on what was closed meanwhile. */
  discard(): void {
    for (const giveBack of this.#giveBack.splice(0)) giveBack();
  }

  /** The message's value has been handed on: what it refers to is its receiver's, and nobody's what it does not. */
  handedOn(): void {
    for (const [i, giveBack] of this.#giveBack.splice(0).entries()) {
      if (this.#values[i] !== undefined) giveBack();
    }
  }

  #take(entry: Entry, fds: OwnedFd[]): (service: AnyService | undefined) => unknown {
    switch (entry.kind) {
      case 'fd': {
        const fd = fds.shift() as OwnedFd;
        this.#giveBack.push(() => fd.close());
        return () => fd;
      }
      case 'blob': {
        const { arena } = this.connection;
        const blob = new ReceivedBlob(arena.view(entry));
        this.#giveBack.push(() => blob.release());
        return () => blob;
      }
      case 'door': {
        const { door } = entry;
        const release = () => void this.connection.send(Kind.doorRelease, 0, 0, door, 1, NOTHING, 0, 0);
        let opened: Disposable | undefined;
        this.#giveBack.push(() => (opened === undefined ? release() : opened[Symbol.dispose]()));
        return (service) => {
          if (service === undefined) throw new TypeError('a door to no service');
          opened = this.openDoor(service, door) as Disposable;
          return opened;
        };
      }
    }
  }
}

function otherDescriptors(named: number, came: number): RpcError {
  return new RpcError('INTERNAL', `a table of attachments names ${named} descriptors, and ${came} came`, {
    origin: 'transport',
  });
}
