import type { OutgoingAttachment } from '../codec/attachments.js';
import { attachmentKindOf, type Blob } from '../contract/attachments.js';
import { localDoorOf } from './doors.js';
import { holdMemory, isArenaMemory } from './memory.js';
import { ownFd } from './owned-fd.js';

/**
 * Attachments of a call that has to wait, as they were when it was made: its caller may close numbers, write to bytes,
 * release blobs and dispose of memory as soon as it has begun. Owned descriptors are the call's already.
 */
export class KeptAttachments {
  readonly all: readonly OutgoingAttachment[];
  /** Of the copies that were made. */
  bytes = 0;
  readonly #giveBack: (() => void)[] = [];

  /**
   * @param duplicate copies a descriptor; undefined where none can be sent, which then is told when it is tried
   * @throws RpcError when one of them is no open descriptor, or a released blob; then nothing is kept.
   */
  constructor(
    attachments: readonly OutgoingAttachment[],
    private readonly duplicate: (fd: number) => number | undefined,
  ) {
    try {
      this.all = attachments.map(({ kind, value }) => ({ kind, value: this.#keep(kind, value) }));
    } catch (thrown) {
      this.release();
      throw thrown;
    }
  }

  /** The call has been sent, or has ended. */
  release(): void {
    for (const giveBack of this.#giveBack.splice(0)) giveBack();
  }

  #keep(kind: OutgoingAttachment['kind'], value: unknown): unknown {
    const passed = attachmentKindOf(value);
    if (kind === 'fd' && passed === undefined) return this.#number(value as number);
    if (kind === 'door') return this.#door(value);
    if (kind !== 'blob') return value;
    if (passed === undefined) return this.#bytes(value as Uint8Array);
    const blob = (value as Blob).retain();
    this.#giveBack.push(() => blob.release());
    return blob;
  }

  /** It is as good as held: its owner is not told that nobody holds it. */
  #door(value: unknown): unknown {
    const door = localDoorOf(value);
    if (door === undefined) return value;
    door.count(1);
    this.#giveBack.push(() => door.count(-1));
    return value;
  }

  #number(fd: number): unknown {
    const copy = this.duplicate(fd);
    if (copy === undefined) return fd;
    const owned = ownFd(copy);
    this.#giveBack.push(() => owned.close());
    return owned;
  }

  #bytes(bytes: Uint8Array): Uint8Array {
    if (isArenaMemory(bytes)) {
      const held = holdMemory(bytes);
      this.#giveBack.push(held.release);
      return held.bytes;
    }
    this.bytes += bytes.length;
    return new Uint8Array(bytes);
  }
}
