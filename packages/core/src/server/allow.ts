import type { Logger } from '../observe/logger.js';
import type { Peer, Refusal } from '../transport/transport.js';
import type { ServeOptions } from './options.js';

/** Judges who may connect by the `allow` option. Without it the transport lets in processes of the same uid. */
export function judgePeer(
  allow: ServeOptions['allow'],
  peer: Peer,
  service: string,
  logger: Logger,
): Refusal | undefined {
  if (allow === undefined) return undefined;
  try {
    if (allow({ uid: peer.uid, gid: peer.gid, pid: peer.pid })) return undefined;
  } catch (error) {
    logger.error({ service, peer, err: error }, 'the allow option threw; the peer was refused');
  }
  return { code: 'PERMISSION_DENIED', message: `the server of ${service} does not allow uid ${peer.uid}` };
}
