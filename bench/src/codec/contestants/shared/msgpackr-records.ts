/** msgpackr with records; its contestants differ only in who validates. */
import { Packr, Unpackr } from 'msgpackr';
import type { RoundTrip } from '../../contestant.js';

type Validate = (value: unknown) => unknown;

/**
 * Sender and receiver share the list of structures, which is complete after the first values: that is the fastest and
 * smallest that msgpackr has. `moreTypes` gives a Uint8Array back as one, in memory of its own.
 */
export function msgpackrWith(validate: Validate): RoundTrip<Buffer> {
  const structures: object[] = [];
  const packr = new Packr({ structures, moreTypes: true });
  const unpackr = new Unpackr({ structures, moreTypes: true });
  return {
    encode: (value) => packr.pack(value),
    decode: (bytes) => validate(unpackr.unpack(bytes)),
    sizeOf: (bytes) => bytes.length,
  };
}
