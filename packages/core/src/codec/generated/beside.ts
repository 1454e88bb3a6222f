import { type AttachmentKind, attachmentSchemaOf } from '../../contract/attachments.js';
import type { IncomingAttachments } from '../attachments.js';
import { reject } from './failure.js';

/** A value that came beside a message, or goes there. */
export interface Attached {
  /** Of a blob. */
  readonly byteLength: number;
}

/**
 * What was taken of a message's attachments. A message is read twice when it is not valid: once to be validated, and once
 * more for zod to say why. What came beside it is given out once only.
 */
const taken = new WeakMap<IncomingAttachments, Map<number, { kind: AttachmentKind; value: unknown }>>();

/** The attachments of one message, while it is read. */
export class Beside {
  readonly #read = new Set<number>();

  constructor(private readonly incoming: IncomingAttachments) {}

  /** @param schema of a door. @returns what has this index; none is named twice */
  take(index: number, kind: AttachmentKind, schema: unknown): unknown {
    if (this.#read.has(index)) reject();
    this.#read.add(index);
    let values = taken.get(this.incoming);
    if (values === undefined) {
      values = new Map();
      taken.set(this.incoming, values);
    }
    let known = values.get(index);
    if (known === undefined) {
      known = { kind, value: this.incoming.at(index, kind, attachmentSchemaOf(schema)?.service?.()) };
      values.set(index, known);
    }
    if (known.kind !== kind) reject();
    return known.value;
  }
}
