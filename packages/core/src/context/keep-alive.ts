import { LONGEST_DELAY_MS } from './clock.js';

/**
 * Keeps the process alive for what no handle stands for: calls that wait for a connection, and calls in flight
 * over a transport without handles. One interval that never does anything, referenced while anybody holds it.
 */
let holds = 0;
let handle: NodeJS.Timeout | undefined;

export function holdProcess(): void {
  holds += 1;
  if (holds > 1) return;
  if (handle === undefined) handle = setInterval(() => {}, LONGEST_DELAY_MS);
  else handle.ref();
}

export function releaseProcess(): void {
  holds -= 1;
  if (holds === 0) handle?.unref();
}
