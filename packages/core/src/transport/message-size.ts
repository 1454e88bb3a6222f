import type { Refusal, RemoteHello } from './transport.js';

/** The largest message that a side takes unless told otherwise. */
export const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Errors must fit, too. */
const SMALLEST = 1_024;
const LARGEST = 2 ** 30;

/** The option `maxMessageBytes`. @throws RangeError when it is out of range. */
export function resolveMaxMessageBytes(option: number | undefined): number {
  const bytes = option ?? DEFAULT_MAX_MESSAGE_BYTES;
  if (Number.isSafeInteger(bytes) && bytes >= SMALLEST && bytes <= LARGEST) return bytes;
  throw new RangeError(`maxMessageBytes is ${bytes}; it must be an integer from ${SMALLEST} to 2^30`);
}

/** Why no calls can be made with a peer that takes so little; undefined when they can. */
export function tooSmallToAnswer(remote: RemoteHello): Refusal | undefined {
  const { maxMessageBytes } = remote;
  if (maxMessageBytes >= SMALLEST) return undefined;
  const message = `a maxMessageBytes of ${maxMessageBytes} leaves no room for errors; the least is ${SMALLEST}`;
  return { code: 'INVALID_ARGUMENT', message };
}
