import type { KeptAttachments } from '../attach/kept.js';
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
      readonly attachments: KeptAttachments | undefined;
    }
  | {
      readonly kind: 'resend';
      readonly message: UntakenMessage;
      readonly bytes: Uint8Array;
      readonly encoding: string;
    };

/** Bytes that it makes the client hold. */
export function parcelBytes(parcel: Parcel): number {
  if (parcel.kind === 'resend') return parcel.bytes.length;
  const { body, metadata, attachments } = parcel;
  return body.length + (metadata?.length ?? 0) + (attachments?.bytes ?? 0);
}
