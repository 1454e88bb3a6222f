/** The largest message that a side takes unless told otherwise. */
export const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Errors must fit, too. */
const SMALLEST = 1_024;
/** Lengths travel as u32, and buffers cannot be much longer anyway. */
const LARGEST = 2 ** 31 - 1;

/** The option `maxMessageBytes`. @throws RangeError when it is out of range. */
export function resolveMaxMessageBytes(option: number | undefined): number {
  const bytes = option ?? DEFAULT_MAX_MESSAGE_BYTES;
  if (Number.isSafeInteger(bytes) && bytes >= SMALLEST && bytes <= LARGEST) return bytes;
  throw new RangeError(`maxMessageBytes is ${bytes}; it must be an integer from ${SMALLEST} to 2^31 - 1`);
}
