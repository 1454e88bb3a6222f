import { RpcError } from '../errors/rpc-error.js';
import type { StatusCode } from '../errors/status.js';
import type { ArenaStats } from './attachments.js';

function failure(code: StatusCode, message: string): RpcError {
  return new RpcError(code, message, { origin: 'transport' });
}

/** Why a blob can be neither made, lent nor seen; one wording for every transport. */
export const blobFailure = {
  quota: (bytes: number, { lentBytes, allocatedBytes, quotaBytes }: ArenaStats) =>
    failure(
      'RESOURCE_EXHAUSTED',
      `no room for ${bytes} bytes: the receiver of the blob takes ${quotaBytes} bytes of them (maxBlobBytes), ` +
        `${allocatedBytes} are in use and ${lentBytes} not released by it`,
    ),
  memory: (bytes: number) =>
    failure('RESOURCE_EXHAUSTED', `no memory, or no mapping, for a blob of ${bytes} bytes`),
  array: (bytes: number, most: number) =>
    failure(
      'RESOURCE_EXHAUSTED',
      `a blob of ${bytes} bytes came: in this version of Node an array has at most ${most}`,
    ),
  unwanted: () => failure('FAILED_PRECONDITION', 'the receiver takes no blobs: its limit maxBlobBytes is 0'),
  socket: () => failure('RESOURCE_EXHAUSTED', 'no room on the socket for a new segment; try again'),
  closed: () => failure('UNAVAILABLE', 'the connection is closed'),
  nowhere: () => failure('INTERNAL', 'the other side named a blob that is not there'),
  released: () => failure('FAILED_PRECONDITION', 'the blob was released'),
  foreign: () => failure('INVALID_ARGUMENT', 'these bytes are not memory of this connection'),
  size: (bytes: number, most = Number.MAX_SAFE_INTEGER) =>
    failure('INVALID_ARGUMENT', `the size of a blob is an integer from 0 to ${most}, not ${bytes}`),
} as const;
