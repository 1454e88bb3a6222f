import { closeSync } from 'node:fs';
import path from 'node:path';
import { RpcError } from '../../errors/rpc-error.js';
import type { Acceptor, AcceptPolicy, Listening } from '../transport.js';
import { Admission } from './admission.js';
import { claimName } from './claim.js';
import { type Candidate, candidates, DirectoryProblem, serverDirectory } from './directory.js';
import { openServiceFolder, type ServiceFolder } from './folder.js';
import { ShmListening } from './listening.js';
import type { LockFile } from './lock-file.js';
import { native } from './native.js';
import {
  checkServiceFolderName,
  consoleLogger,
  DEFAULT_MAX_RING_BYTES,
  instanceNameOf,
  onTakenOf,
  ringBytesOf,
  type ShmAcceptorOptions,
  timingOf,
} from './options.js';
import { sweepStaleSockets } from './sweep.js';

const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Serves at `<directory>/<service>/<instance>.sock`. */
export class ShmAcceptor implements Acceptor {
  constructor(private readonly options: ShmAcceptorOptions) {}

  async listen(policy: AcceptPolicy): Promise<Listening> {
    native();
    const { options } = this;
    const onTaken = onTakenOf(options.onTaken);
    const instance = instanceNameOf(options);
    const ringBytes = ringBytesOf(options);
    const timing = timingOf(options);
    const handshakeTimeoutMs = options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS;
    const { service } = policy.hello;
    const places = candidates(options.directory);
    const folder = makeFolder(places, service);
    const place = places.filter((candidate) => candidate.path === path.dirname(folder.path));
    let lock: LockFile | undefined;
    try {
      lock = await claimName(folder, instance, onTaken, timing);
      await sweepStaleSockets(folder).catch(() => {});
      return await ShmListening.open({
        lock,
        openFolder: () => makeFolder(place, service),
        policy,
        admission: new Admission(policy, {
          sameUidOnly: options.sameUidOnly ?? true,
          ringBytes,
          maxRingBytes: options.maxRingBytes ?? DEFAULT_MAX_RING_BYTES,
        }),
        connection: {
          ...policy.hello,
          ringBytes,
          ...(options.maxQueuedMessages !== undefined && { maxQueuedMessages: options.maxQueuedMessages }),
          ...(options.maxQueuedBytes !== undefined && { maxQueuedBytes: options.maxQueuedBytes }),
        },
        handshakeTimeoutMs,
        handoverMs: timing.handoverMs,
        logger: options.logger ?? consoleLogger,
      });
    } catch (error) {
      lock?.close();
      closeSync(folder.fd);
      throw error;
    }
  }
}

function makeFolder(places: readonly Candidate[], service: string): ServiceFolder {
  checkServiceFolderName(service);
  const directory = serverDirectory(places);
  try {
    return openServiceFolder(directory, service, true);
  } catch (error) {
    if (!(error instanceof DirectoryProblem)) throw error;
    throw new RpcError('FAILED_PRECONDITION', `${directory.path}/${service}: ${error.message}`, {
      origin: 'transport',
    });
  } finally {
    closeSync(directory.fd);
  }
}
