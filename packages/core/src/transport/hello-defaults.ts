import type { Hello } from './transport.js';

/** What a side takes unless told otherwise. */
export const HELLO_DEFAULTS = {
  streamWindowBytes: 256 * 1024,
  streamWindowItems: 1_024,
  maxBlobBytes: 256 * 1024 * 1024,
  maxFds: 0,
} as const satisfies Partial<Hello>;
