import { HELLO_DEFAULTS } from '../transport/hello-defaults.js';

/** How much of a stream its receiver holds unread, as `serve` and `connect` are told. */
export interface WindowOptions {
  readonly streamWindowBytes?: number | undefined;
  readonly streamWindowItems?: number | undefined;
}

/** The same with all defaults filled in. */
export interface StreamWindow {
  readonly streamWindowBytes: number;
  readonly streamWindowItems: number;
}

/** Credits travel in 16 and 32 bits. */
const MOST_ITEMS = 0xffff;
const MOST_BYTES = 2 ** 30;
const LEAST_BYTES = 1024;

/**
 * The window with its defaults.
 * @param where for messages
 * @throws RangeError for one that cannot be.
 */
export function resolveWindow(where: string, options: WindowOptions): StreamWindow {
  const {
    streamWindowBytes = HELLO_DEFAULTS.streamWindowBytes,
    streamWindowItems = HELLO_DEFAULTS.streamWindowItems,
  } = options;
  check(`${where}: streamWindowBytes`, streamWindowBytes, LEAST_BYTES, MOST_BYTES);
  check(`${where}: streamWindowItems`, streamWindowItems, 1, MOST_ITEMS);
  return { streamWindowBytes, streamWindowItems };
}

function check(what: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${what} is ${value}; it is a whole number from ${least} to ${most}`);
}
