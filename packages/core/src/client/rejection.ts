import type { RpcError } from '../errors/rpc-error.js';

/**
 * What a failed call's promise is resolved with: a rejection whose error says who made the call.
 *
 * Errors are made by the event loop, far from the caller. V8 knows who awaits a promise only while the promise is being
 * settled by a microtask, so that is where the error's stack is taken. A call that succeeds pays nothing for it.
 */
export async function callFailed(error: RpcError): Promise<never> {
  // The first is for the caller's promise to follow this one, the second for its own awaiter to be found there.
  await null;
  await null;
  Error.captureStackTrace(error);
  throw error;
}
