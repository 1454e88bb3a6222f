import { isRpcError } from '@doorcall/core';
import type { Encoded } from '@doorcall/core/generated';
import { arrivals, canTravel } from './arriving.js';
import type { Violation } from './input.js';
import { copied, type Placed, placed } from './message.js';
import { difference } from './same.js';
import { REASON, type Subject } from './subject.js';
import { judge } from './verdict.js';

/** How a lawful output was handled. */
export interface OutputReport {
  readonly verdict: 'arrived' | 'refused' | 'cannot travel';
  readonly violation?: undefined;
}

/**
 * Holds the output side to the law: a handler's value is parsed by zod, encoded, decoded, and arrives as zod's
 * output. The same for the data of a declared error.
 */
export function checkOutput(
  { schema, codec }: Subject,
  fresh: () => unknown,
  poison: number,
): OutputReport | Violation {
  const parse = (): unknown => {
    const verdict = judge(schema, fresh());
    return verdict.kind === 'accepted' ? { output: verdict.value } : undefined;
  };
  const output = parse() as { readonly output: unknown } | undefined;
  if (output === undefined) return { verdict: 'refused' };
  const again = (): unknown => (parse() as { readonly output: unknown }).output;

  const way = { encode: (value: unknown) => codec.encodeOutput(0, value), name: 'output' };
  const back = ({ bytes, start, end }: Placed): unknown => codec.decodeOutput(0, bytes, start, end);
  const first = checkWay(again, way, back, poison);
  if (first.violation !== undefined) return first;

  const errorWay = {
    encode: (value: unknown) => codec.encodeErrorData(0, REASON, value),
    name: 'error data',
  };
  const errorBack = ({ bytes, start, end }: Placed): unknown => {
    const { reason, data } = codec.decodeErrorData(0, bytes, start, end);
    if (reason !== REASON) throw new TypeError(`the reason became ${JSON.stringify(reason)}`);
    return data;
  };
  return checkWay(again, errorWay, errorBack, poison);
}

interface Way {
  readonly name: string;
  readonly encode: (value: unknown) => Encoded;
}

function checkWay(
  fresh: () => unknown,
  { encode, name }: Way,
  decode: (message: Placed) => unknown,
  poison: number,
): OutputReport | Violation {
  let message: Uint8Array;
  try {
    message = copied(encode(fresh()));
  } catch (error) {
    if (!isRpcError(error) || error.code !== 'INTERNAL') {
      return { violation: `encoding the ${name} threw ${String(error)} instead of RpcError INTERNAL` };
    }
    if (!canTravel(fresh())) return { verdict: 'cannot travel' };
    return { violation: `the ${name} can travel, but: ${error.message}` };
  }
  if (Buffer.compare(message, copied(encode(fresh()))) !== 0) {
    return { violation: `the encoding of the ${name} is not deterministic` };
  }
  const there = placed(message, poison);
  let arrived: unknown;
  try {
    arrived = decode(there);
  } catch (error) {
    return { violation: `decoding the ${name} threw ${String(error)}` };
  }
  there.bytes.fill(0x2a);
  const expected = fresh();
  const different = difference(expected, arrived, { frozen: false }, name);
  if (different === undefined) return { verdict: 'arrived' };
  const lawful = arrivals(fresh).some((each) => difference(each, arrived, { frozen: false }) === undefined);
  return lawful ? { verdict: 'arrived' } : { violation: different };
}
