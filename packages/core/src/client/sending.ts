import type { OutgoingAttachment } from '../codec/attachments.js';
import type { Encoded, ServiceCodec } from '../codec/codec.js';
import { Flag } from '../transport/transport.js';
import * as failures from './failures.js';
import type { Link } from './link.js';
import type { MethodPlan } from './method-plan.js';
import type { Parcel } from './parcel.js';
import type { PendingCall } from './pending-call.js';
import { inFrontOf } from './request-prefix.js';

const EMPTY_BODY: Encoded = Object.freeze({ bytes: new Uint8Array(0), start: 0, end: 0 });
/** Flags of a message that belong to its sender, not to the transport. */
const OWN_FLAGS = Flag.metadata | Flag.declared | Flag.notExecuted;

/** The body of a request. Of a stream nothing travels with it. */
export function encodeRequest(codec: ServiceCodec, plan: MethodPlan, input: unknown): Encoded {
  return plan.streamsInput ? EMPTY_BODY : codec.encodeInput(plan.id, input);
}

/** Sends a request with what belongs in front of its body. @returns false when it has to wait after all */
export function sendWith(
  link: Link,
  call: PendingCall,
  encoded: Encoded,
  attachments: readonly OutgoingAttachment[] | undefined,
  metadata: Uint8Array | undefined,
): boolean {
  const attached = attachments === undefined ? undefined : link.attachTo(encoded, attachments);
  const { body, flags } = inFrontOf(call.plan, attached?.body ?? encoded, attached !== undefined, metadata);
  let sent = false;
  try {
    sent = link.send(call, flags, body);
  } finally {
    if (!sent) attached?.undo();
  }
  if (sent && attached !== undefined) link.departs(call, attached);
  return sent;
}

/** Sends exactly what was sent before. */
export function resend(call: PendingCall, parcel: Extract<Parcel, { kind: 'resend' }>, link: Link): boolean {
  const { bytes, message, encoding } = parcel;
  if (link.agreement.encoding !== encoding) {
    throw failures.notTaken(call.plan, 'and the next one has a different contract or other generated code');
  }
  return link.send(call, message.flags & OWN_FLAGS, { bytes, start: 0, end: bytes.length });
}
