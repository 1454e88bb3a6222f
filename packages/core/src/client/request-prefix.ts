import type { IncomingAttachments, OutgoingAttachment } from '../codec/attachments.js';
import type { Encoded } from '../codec/codec.js';
import { joinMetadata } from '../codec/metadata.js';
import { otherDoor } from '../contract/door-service.js';
import type { AnyService } from '../contract/types.js';
import { Flag } from '../transport/transport.js';
import type { MethodPlan } from './method-plan.js';

/** What stands in front of a request's body: the number of a door, then metadata; attachments are in the body already. */
export function inFrontOf(
  plan: MethodPlan,
  encoded: Encoded,
  hasAttachments: boolean,
  metadata: Uint8Array | undefined,
): { readonly body: Encoded; readonly flags: number } {
  let body = encoded;
  let flags = hasAttachments ? Flag.attachments : 0;
  if (metadata !== undefined) {
    body = joinMetadata(metadata, body);
    flags |= Flag.metadata;
  }
  if (plan.door !== undefined) {
    body = behindDoor(plan.door.id, body);
    flags |= Flag.door;
  }
  return { body, flags };
}

function behindDoor(id: number, { bytes, start, end }: Encoded): Encoded {
  const message = new Uint8Array(4 + end - start);
  new DataView(message.buffer).setUint32(0, id, true);
  message.set(bytes.subarray(start, end), 4);
  return { bytes: message, start: 0, end: message.length };
}

/** Attachments of a message that was encoded and not sent. */
export class Unsent implements IncomingAttachments {
  constructor(private readonly attachments: readonly OutgoingAttachment[]) {}

  at(index: number): unknown {
    return this.attachments[index]?.value;
  }

  isDoorTo(service: AnyService, index: number): boolean {
    return otherDoor(this.at(index), service) === undefined;
  }
}
