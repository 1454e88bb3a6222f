import type { OutgoingAttachment } from '../codec/attachments.js';
import type { UntakenMessage } from '../transport/transport.js';

/**
 * What a waiting call has to send. `fresh` is encoded for an equal contract and can still be encoded anew for a
 * different one; `resend` went out before, exactly so, and goes only to where the same bytes mean the same.
 */
export type Parcel =
  | {
      readonly kind: 'fresh';
      readonly body: Uint8Array;
      readonly metadata: Uint8Array | undefined;
      readonly attachments: readonly OutgoingAttachment[] | undefined;
    }
  | {
      readonly kind: 'resend';
      readonly message: UntakenMessage;
      readonly bytes: Uint8Array;
      readonly encoding: string;
    };

/** Bytes that it makes the client hold. */
export function parcelBytes(parcel: Parcel): number {
  return parcel.kind === 'resend' ? parcel.bytes.length : parcel.body.length + (parcel.metadata?.length ?? 0);
}
