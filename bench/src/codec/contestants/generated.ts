import { compileCodec } from '@doorcall/codegen/compile';
import { defineService } from '@doorcall/core';
import { type Encoded, REJECTED, type ServiceCodec } from '@doorcall/core/generated';
import type { Contestant, RoundTrip } from '../contestant.js';

/** All payloads are the inputs of one service's methods. */
export const contestant: Contestant = {
  summary: 'the codec that doorcall gen writes; it validates while it decodes',
  prepare(payloads) {
    const methods = Object.entries(payloads).map(([name, { schema }]) => [name, { input: schema }] as const);
    const service = defineService('codec-bench', Object.fromEntries(methods));
    const codec = compileCodec(service);
    const roundTrips = Object.keys(payloads).map((name): [string, RoundTrip] => {
      const { id } = service[name]!;
      return [name, roundTripOf(codec, id)];
    });
    return Object.fromEntries(roundTrips);
  },
};

function roundTripOf(codec: ServiceCodec, id: number): RoundTrip {
  const { parseInput } = codec;
  if (parseInput === undefined) throw new Error('the codec does not validate');
  const roundTrip: RoundTrip<Encoded> = {
    encode: (value) => codec.encodeInput(id, value),
    decode({ bytes, start, end }) {
      const value = parseInput(id, bytes, start, end);
      if (value === REJECTED) throw new Error('refused');
      return value;
    },
    sizeOf: ({ start, end }) => end - start,
  };
  return roundTrip as RoundTrip;
}
