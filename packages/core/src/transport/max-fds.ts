/** The kernel's limit for one message (SCM_MAX_FD). */
const MOST = 253;
const DEFAULT = 16;

/** The option `acceptFds` as the handshake has it: descriptors that are taken with one message. */
export function resolveMaxFds(where: string, acceptFds: boolean | number | undefined = false): number {
  if (typeof acceptFds === 'boolean') return acceptFds ? DEFAULT : 0;
  if (Number.isInteger(acceptFds) && acceptFds >= 0 && acceptFds <= MOST) return acceptFds;
  throw new RangeError(`${where}: acceptFds is ${acceptFds}; it is true, false or a number up to ${MOST}`);
}
