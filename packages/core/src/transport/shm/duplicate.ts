import { RpcError } from '../../errors/rpc-error.js';
import { native } from './native.js';

/**
 * A copy of a descriptor, close-on-exec.
 * @throws RpcError INVALID_ARGUMENT when it is not open; RESOURCE_EXHAUSTED when this process has no room for one more;
 * UNIMPLEMENTED where the addon cannot work.
 */
export function duplicate(fd: number): number {
  const { addon } = native();
  try {
    if (!isDescriptor(fd)) throw new RangeError('not an integer from 0 up');
    return addon.duplicate(fd);
  } catch (cause) {
    const full = (cause as { readonly code?: unknown }).code === 'EMFILE';
    throw full
      ? new RpcError('RESOURCE_EXHAUSTED', 'this process has no room for another descriptor', {
          origin: 'transport',
          cause,
        })
      : new RpcError('INVALID_ARGUMENT', `${fd} is no open descriptor`, { origin: 'transport', cause });
  }
}

/** Whether a number could be a descriptor at all: the addon would take others for one. */
export function isDescriptor(fd: number): boolean {
  return Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31;
}
