import type { IncomingAttachments } from '../codec/attachments.js';
import type { AttachmentKind, OwnedFd } from '../contract/attachments.js';
import { describe } from '../contract/descriptor.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import type { Connection } from '../transport/transport.js';
import type { DoorReturns } from './door-returns.js';
import type { OpenDoor } from './doors.js';
import { ownFd } from './owned-fd.js';
import { ReceivedBlob } from './received-blob.js';
import type { Entry, Table } from './table.js';

const NONE: readonly OwnedFd[] = [];

/**
 * What came beside one message. It is taken at once, whatever becomes of the message: either all of it is handed on with
 * the message's value (`handedOn`), or all of it is given back (`discard`).
 */
export class Incoming implements IncomingAttachments {
  readonly bodyStart: number;
  readonly #entries: readonly Entry[];
  /** By entry; a door once it is opened. */
  readonly #came: (ReceivedBlob | OwnedFd | Disposable | undefined)[] = [];
  /** By entry: somebody has asked for it. */
  readonly #asked: boolean[] = [];
  /** Handed on, or given back. */
  #settled = false;

  /**
   * @throws RpcError RESOURCE_EXHAUSTED when this process has no room for the descriptors; INTERNAL when others came than
   * the table says. All of the message is given back then, as far as it can be opened.
   */
  constructor(
    private readonly connection: Connection,
    { entries, fds, ticket, bodyStart }: Table,
    private readonly openDoor: OpenDoor,
    private readonly doorReturns: DoorReturns,
  ) {
    this.bodyStart = bodyStart;
    this.#entries = entries;
    let owned = NONE;
    let looked = 0;
    try {
      if (fds > 0) owned = (connection.descriptors?.take(ticket) ?? []).map(ownFd);
      // The table is the peer's word, and so is how many it sent.
      if (owned.length !== fds) throw otherDescriptors(fds, owned.length);
      let used = 0;
      for (const entry of entries) {
        looked += 1;
        if (entry.kind === 'blob') this.#came.push(new ReceivedBlob(connection.arena.view(entry)));
        else this.#came.push(entry.kind === 'fd' ? owned[used++] : undefined);
        this.#asked.push(false);
      }
    } catch (thrown) {
      this.discard();
      // Not the one that failed: a blob that there is no room for is given back by that, and its slot cannot be looked at twice.
      for (const entry of entries.slice(looked)) this.#giveBackUnopened(entry);
      for (const fd of owned) fd.close();
      throw thrown;
    }
  }

  at(index: number, kind: AttachmentKind, service: AnyService | undefined): unknown {
    const entry = this.#entries[index];
    if (entry?.kind !== kind || this.#asked[index] !== false)
      throw new TypeError(`there is no ${kind} ${index} beside the message`);
    this.#asked[index] = true;
    if (entry.kind === 'door') this.#came[index] = this.#open(service, index, entry.door);
    return this.#came[index];
  }

  isDoorTo(service: AnyService, index: number): boolean {
    const entry = this.#entries[index];
    return entry?.kind === 'door' && entry.service === describe(service).fingerprint;
  }

  /** The message has not reached anybody. Idempotent, and without effect on what was closed meanwhile. */
  discard(): void {
    if (this.#settled) return;
    this.#settled = true;
    for (let i = 0; i < this.#came.length; i++) this.#giveBack(i);
  }

  /** The message's value has been handed on: what it refers to is its receiver's, and nobody's what it does not. */
  handedOn(): void {
    if (this.#settled) return;
    this.#settled = true;
    for (let i = 0; i < this.#came.length; i++) if (this.#asked[i] === false) this.#giveBack(i);
  }

  #open(service: AnyService | undefined, index: number, door: number): Disposable {
    if (service === undefined) throw new TypeError('a door to no service');
    // Methods go by number: called as another service, it would run another method than its caller means.
    if (!this.isDoorTo(service, index)) throw new TypeError('a door to another service');
    return this.openDoor(service, door) as Disposable;
  }

  #giveBack(index: number): void {
    const came = this.#came[index];
    if (came !== undefined) came[Symbol.dispose]();
    else this.#giveBackUnopened(this.#entries[index] as Entry);
  }

  /** A door that nobody has asked for, or what stands behind an entry that there was no room for. */
  #giveBackUnopened(entry: Entry): void {
    if (entry.kind === 'door') {
      this.doorReturns.addUnopened(entry.door);
    } else if (entry.kind === 'blob') {
      try {
        this.connection.arena.view(entry).release();
      } catch {
        // It cannot be opened itself, or the connection has ended.
      }
    }
  }
}

function otherDescriptors(named: number, came: number): RpcError {
  return new RpcError('INTERNAL', `a table of attachments names ${named} descriptors, and ${came} came`, {
    origin: 'transport',
  });
}
