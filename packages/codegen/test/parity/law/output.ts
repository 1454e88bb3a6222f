import { isRpcError } from '@doorcall/core';
import type { Encoded } from '@doorcall/core/generated';
import { arrivals, canTravel } from './arriving.js';
import type { Violation } from './input.js';
import { copied, type Placed, placed } from './message.js';
import { difference } from './same.js';
import { REASON, type Subject } from './subject.js';
import { judge, type Verdict, verdictDifference } from './verdict.js';

/** How a lawful output was handled. */
export interface OutputReport {
  readonly verdict: 'arrived' | 'refused' | 'cannot travel';
  /** The generated code alone found the result valid; zod was not asked. */
  readonly direct: boolean;
  readonly violation?: undefined;
}

/**
 * Holds the output side to the law: a handler's value is parsed by zod, encoded, decoded, and arrives as zod's
 * output. The same for the data of a declared error.
 */
export function checkOutput(
  subject: Subject,
  fresh: () => unknown,
  poison: number,
): OutputReport | Violation {
  const { schema, codec } = subject;
  const parse = (): unknown => {
    const verdict = judge(schema, fresh());
    return verdict.kind === 'accepted' ? { output: verdict.value } : undefined;
  };
  const output = parse() as { readonly output: unknown } | undefined;
  const valid = checkValidOutput(subject, fresh, poison);
  if (valid.violation !== undefined) return valid;
  if (output === undefined) return { verdict: 'refused', direct: false };
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
  const second = checkWay(again, errorWay, errorBack, poison);
  return second.violation === undefined ? { ...first, direct: valid.direct } : second;
}

/** What is validated while it is encoded is what zod accepts, and arrives as zod's output. */
function checkValidOutput(
  { schema, codec }: Subject,
  fresh: () => unknown,
  poison: number,
): { readonly direct: boolean; readonly violation?: undefined } | Violation {
  const value = fresh();
  let message: Uint8Array;
  try {
    const encoded = codec.encodeValidOutput?.(0, value);
    if (encoded === undefined) return { direct: false };
    message = copied(encoded);
  } catch (error) {
    return { violation: `encodeValidOutput threw ${String(error)}` };
  }
  const changed = canTravel(value)
    ? difference(fresh(), value, undefined, 'the value after encodeValidOutput')
    : undefined;
  if (changed !== undefined) return { violation: changed };
  const { bytes, start, end } = placed(message, poison);
  let received: Verdict;
  try {
    received = { kind: 'accepted', value: codec.decodeOutput(0, bytes, start, end) };
  } catch (error) {
    return { violation: `decoding what encodeValidOutput wrote threw ${String(error)}` };
  }
  bytes.fill(0x2a);
  const different = verdictDifference(judge(schema, fresh()), received, { frozen: false });
  if (different === undefined) return { direct: true };
  const lawful = arrivals(fresh).some(
    (arrived) =>
      verdictDifference(judge(schema, arrived), received, { frozen: false, plainWillDo: true }) === undefined,
  );
  return lawful ? { direct: true } : { violation: `encodeValidOutput: ${different}` };
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
    if (!canTravel(fresh())) return { verdict: 'cannot travel', direct: false };
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
  if (different === undefined) return { verdict: 'arrived', direct: false };
  const lawful = arrivals(fresh).some(
    (each) => difference(each, arrived, { frozen: false, plainWillDo: true }) === undefined,
  );
  return lawful ? { verdict: 'arrived', direct: false } : { violation: different };
}
