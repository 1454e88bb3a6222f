import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError, type ServiceClient } from '@doorcall/core';
import type { worker } from '../contract.js';
import { descriptorOf } from './descriptor-of.js';

const ATTEMPTS = 10;
const PAUSE_MS = 10;

/** Gives a connection to a worker. Resolves when it has ended, whoever served it. */
export async function handOver(workers: ServiceClient<typeof worker>, socket: Socket): Promise<void> {
  // A number, not an `ownFd`: this process keeps its copy until a worker says that it has one.
  const fd = descriptorOf(socket);
  let failure: RpcError | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS && !socket.destroyed; attempt += 1) {
    try {
      // Closes the copy of this process only: the connection is open as long as the worker's is.
      for await (const _name of workers.take(fd)) socket.destroy();
      return;
    } catch (error) {
      failure = RpcError.from(error);
      if (!mayTryAgain(failure)) break;
      await sleep(attempt * PAUSE_MS);
    }
  }
  console.error(`supervisor: a connection is lost: ${failure?.message}`);
  socket.destroy();
}

/** Whether certainly nobody has read from the connection: its worker has ended before, or had no room for more descriptors. */
function mayTryAgain({ code, maybeExecuted }: RpcError): boolean {
  return !maybeExecuted && (code === 'UNAVAILABLE' || code === 'RESOURCE_EXHAUSTED');
}
