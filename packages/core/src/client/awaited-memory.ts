import { allocateLater } from '../attach/awaited-memory.js';
import { allocate } from '../attach/memory.js';
import { holdProcess, releaseProcess } from '../context/keep-alive.js';
import type { Memory } from '../contract/memory.js';
import type { Link } from './link.js';

/** Memory for what goes over a link, as soon as the other side has room for it. Keeps the process alive meanwhile, as a call does. */
export async function allocateLaterOn(
  { connection, turns }: Link,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Memory> {
  const make = () => allocate(connection, bytes);
  holdProcess();
  try {
    return await allocateLater({ connection, turns, bytes, make, signal: () => signal });
  } finally {
    releaseProcess();
  }
}
