const LEAST = 4 * 1024;
const MOST = 512 * 1024 * 1024;

/** Whether a ring can have that size. */
export function isRingSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= LEAST && bytes <= MOST && Number.isInteger(Math.log2(bytes));
}

/** @throws RangeError for an option `ringBytes` that no ring can have. */
export function checkRingBytes(where: string, ringBytes: number | undefined): void {
  if (ringBytes === undefined || isRingSize(ringBytes)) return;
  throw new RangeError(`${where}: ringBytes is ${ringBytes}; it is a power of two from ${LEAST} to 2^29`);
}
