import { isRpcError } from '@doorcall/core';
import { REJECTED, type ServiceCodec } from '@doorcall/core/generated';
import { arrivals, canTravel } from './arriving.js';
import { copied, placed } from './message.js';
import { difference } from './same.js';
import type { Subject } from './subject.js';
import { type Judge, judge, type Verdict, verdictDifference } from './verdict.js';

/** How a lawful input was handled. */
export interface InputReport {
  readonly verdict: Verdict['kind'] | 'cannot travel';
  /** The generated code alone accepted it; zod was not asked. */
  readonly direct: boolean;
  /** It travelled in the format of generated code. */
  readonly generated: boolean;
  readonly violation?: undefined;
}

/** How a value breaks the law. */
export interface Violation {
  readonly violation: string;
}

/**
 * Holds the input side of a codec to the law: what the generated code says to a value, on its own or by handing it
 * to zod, is what zod says.
 * @param fresh makes the value, the same one each time
 */
export function checkInput(
  { schema, codec }: Subject,
  fresh: () => unknown,
  poison: number,
): InputReport | Violation {
  const sent = sendInput(codec, fresh);
  if ('violation' in sent) return sent;
  if (sent.message === undefined) {
    if (sent.mayRefuse) return { verdict: 'cannot travel', direct: false, generated: false };
    return { violation: `the value can travel, but: ${sent.refusal}` };
  }
  const received = receiveInput(codec, schema, sent.message, poison);
  if ('violation' in received) return received;

  const expected = judge(schema, fresh());
  const different = verdictDifference(expected, received.verdict);
  if (
    different !== undefined &&
    !arrivals(fresh).some((arrived) => isVerdict(schema, arrived, received.verdict))
  ) {
    return { violation: `${received.direct ? 'parseInput: ' : ''}${different}` };
  }

  const damaged = checkLength(codec, sent.message, poison);
  if (damaged !== undefined) return { violation: damaged };
  return {
    verdict: received.verdict.kind,
    direct: received.direct,
    generated: sent.message.length === 0 || sent.message[0] === 0,
  };
}

type Sent =
  | { readonly message: Uint8Array }
  | { readonly message: undefined; readonly refusal: string; readonly mayRefuse: boolean };

/** Encodes twice: equal bytes, and a value that is as it was. */
function sendInput(codec: ServiceCodec, fresh: () => unknown): Sent | Violation {
  const value = fresh();
  let message: Uint8Array;
  try {
    message = copied(codec.encodeInput(0, value));
  } catch (error) {
    if (!isRpcError(error) || error.code !== 'INVALID_ARGUMENT') {
      return { violation: `encodeInput threw ${String(error)} instead of RpcError INVALID_ARGUMENT` };
    }
    return { message: undefined, refusal: error.message, mayRefuse: !canTravel(fresh()) };
  }
  // What is circular cannot be compared; it got here because the schema does not look there.
  const changed = canTravel(value)
    ? difference(fresh(), value, undefined, 'the value after encodeInput')
    : undefined;
  if (changed !== undefined) return { violation: changed };
  const again = copied(codec.encodeInput(0, fresh()));
  if (Buffer.compare(message, again) !== 0) return { violation: 'encodeInput is not deterministic' };
  return { message };
}

function isVerdict(schema: Judge, value: unknown, verdict: Verdict): boolean {
  return verdictDifference(judge(schema, value), verdict, { plainWillDo: true }) === undefined;
}

interface Received {
  readonly verdict: Verdict;
  readonly direct: boolean;
}

/** As the server does: parse in one go, and where that is refused decode and ask zod. */
function receiveInput(
  codec: ServiceCodec,
  schema: Judge,
  message: Uint8Array,
  poison: number,
): Received | Violation {
  const { bytes, start, end } = placed(message, poison);
  let step = 'parseInput';
  try {
    const parsed = codec.parseInput === undefined ? REJECTED : codec.parseInput(0, bytes, start, end);
    if (parsed !== REJECTED) {
      // The memory belongs to the next message now.
      bytes.fill(0x2a);
      return { verdict: { kind: 'accepted', value: parsed }, direct: true };
    }
    step = 'decodeInput';
    const decoded = codec.decodeInput(0, bytes, start, end);
    bytes.fill(0x2a);
    return { verdict: judge(schema, decoded), direct: false };
  } catch (error) {
    return { violation: `${step} threw ${String(error)} on the codec's own bytes` };
  }
}

/** A message with a byte more or a byte less is not accepted. */
function checkLength(codec: ServiceCodec, message: Uint8Array, poison: number): string | undefined {
  // Without its last byte a message may be empty, which stands for undefined.
  const shorter = message.length > 1 ? [message.subarray(0, -1)] : [];
  const longer =
    message.length > 0
      ? [Uint8Array.of(...message.subarray(-1))].map((last) => Buffer.concat([message, last]))
      : [];
  for (const wrong of [...shorter, ...longer]) {
    const { bytes, start, end } = placed(wrong, poison);
    const what = `a message with ${wrong.length > message.length ? 'a byte more' : 'a byte less'}`;
    if (codec.parseInput !== undefined && codec.parseInput(0, bytes, start, end) !== REJECTED) {
      return `parseInput accepts ${what}`;
    }
    try {
      codec.decodeInput(0, bytes, start, end);
      return `decodeInput accepts ${what}`;
    } catch (error) {
      if (!isRpcError(error)) return `decodeInput threw ${String(error)} for ${what}`;
    }
  }
  return undefined;
}
