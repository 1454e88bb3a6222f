/**
 * What takes part in the codec benchmark: one file in `contestants/` exports one `contestant`; its name is the file's
 * name, and nothing else has to know of it.
 */
import type { Payload } from './payloads/payload.js';

/** The way of one payload's values to bytes and back. `Bytes` is whatever the contestant passes on. */
export interface RoundTrip<Bytes = unknown> {
  /** The bytes may lie in memory that the next `encode` uses again. */
  encode(value: unknown): Bytes;
  /**
   * Gives the value as the payload's schema gives it. It keeps no memory of the bytes.
   *
   * @throws when the value is not valid
   */
  decode(bytes: Bytes): unknown;
  sizeOf(bytes: Bytes): number;
}

export interface Contestant {
  /** One line for `--help` and reports. */
  readonly summary: string;
  /** Prepares for all payloads before the first is measured, as a service does for all its methods. */
  prepare(payloads: Readonly<Record<string, Payload>>): Readonly<Record<string, RoundTrip>>;
}

/** For contestants whose payloads have nothing to do with one another. */
export function prepareEach<Bytes>(roundTripOf: (payload: Payload, name: string) => RoundTrip<Bytes>) {
  return (payloads: Readonly<Record<string, Payload>>): Record<string, RoundTrip> => {
    const each = Object.entries(payloads).map(
      ([name, payload]) => [name, roundTripOf(payload, name)] as const,
    );
    // Only `decode` and `sizeOf` of the same contestant get to see its bytes.
    return Object.fromEntries(each) as Record<string, RoundTrip>;
  };
}
