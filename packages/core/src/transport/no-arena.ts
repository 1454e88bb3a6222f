import { RpcError } from '../errors/rpc-error.js';
import type { Arena } from './transport.js';

function none(): never {
  throw new RpcError('FAILED_PRECONDITION', 'this transport carries no blobs', { origin: 'transport' });
}

/** Of a transport that carries no blobs. */
export const NO_ARENA: Arena = {
  allocate: none,
  dispose: none,
  place: none,
  unplace: none,
  view: none,
  stats: { allocatedBytes: 0, lentBytes: 0, quotaBytes: 0, heldBytes: 0, heldBlobs: 0 },
};
