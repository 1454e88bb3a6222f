import type { NativeAddon, NativeFailure } from '@doorcall/native';
import { RpcError } from '../../errors/rpc-error.js';
import { statusFromNumber } from '../../errors/status.js';
import type { ConnectionSink, Dialer, DialResult, Endpoint, Hello } from '../transport.js';
import { ShmConnection } from './connection.js';
import { isIdentity, ownUid } from './credentials.js';
import { candidates, viaFd } from './directory.js';
import { discover, FolderProblem, inFolder, ShmEndpoint } from './discover.js';
import { duplicate } from './duplicate.js';
import { isSocketFile, type ServiceFolder, socketFile } from './folder.js';
import { identityAt, isLocalServer } from './local-servers.js';
import { native } from './native.js';
import { checkServiceFolderName, consoleLogger, ringBytesOf, type ShmDialerOptions } from './options.js';
import { watchFolder } from './watch.js';

/** Connects to the instances of a service, wherever this user's servers may have put them. */
export class ShmDialer implements Dialer {
  readonly #ringBytes: number;

  constructor(private readonly options: ShmDialerOptions) {
    this.#ringBytes = ringBytesOf(options);
  }

  /** @throws RpcError UNIMPLEMENTED where the addon cannot work. */
  async discover(service: string): Promise<{ endpoints: readonly Endpoint[]; tried: readonly string[] }> {
    native();
    checkServiceFolderName(service);
    return discover(candidates(this.options.directory), service);
  }

  async dial(
    endpoint: Endpoint,
    hello: Hello,
    sink: ConnectionSink,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<DialResult> {
    if (!(endpoint instanceof ShmEndpoint)) throw new TypeError('the endpoint is not one of this dialer');
    const serverUid = this.options.serverUid ?? ownUid();
    if (serverUid !== 'any' && !isIdentity(serverUid)) return refuseOverflowUid(serverUid);
    try {
      return await inFolder(endpoint.candidate, endpoint.service, (folder) =>
        this.#dial(folder, endpoint.instance, serverUid === 'any' ? -1 : serverUid, hello, sink, {
          timeoutMs,
          signal,
        }),
      );
    } catch (error) {
      return refusalOf(error);
    }
  }

  watch(service: string, onChange: () => void): { close(): void } {
    if (process.platform !== 'linux') return { close: () => {} };
    const watches = candidates(this.options.directory).map(({ path }) =>
      watchFolder(`${path}/${service}`, isSocketFile, onChange),
    );
    return {
      close: () => {
        for (const watch of watches) watch.close();
      },
    };
  }

  duplicate(fd: number): number {
    return duplicate(fd);
  }

  /** Connects before it returns, so that the folder may be closed then; only the handshake takes time. */
  #dial(
    folder: ServiceFolder,
    instance: string,
    serverUid: number,
    hello: Hello,
    sink: ConnectionSink,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<DialResult> {
    const environment = native();
    const { logger = consoleLogger, maxQueuedMessages, maxQueuedBytes } = this.options;
    const socket = socketFile(instance);
    const local = isLocalServer(identityAt(viaFd(folder.fd, socket)));
    const options = {
      ...hello,
      ringBytes: this.#ringBytes,
      ...(maxQueuedMessages !== undefined && { maxQueuedMessages }),
      ...(maxQueuedBytes !== undefined && { maxQueuedBytes }),
    };
    return new Promise((resolve) => {
      const done: DialDone = (failure, nativeConnection) => {
        signal?.removeEventListener('abort', giveUp);
        if (nativeConnection === null) {
          resolve(refused(failure as NativeFailure));
          return;
        }
        const connection = new ShmConnection(environment, nativeConnection, {
          maxMessageBytes: Math.min(hello.maxMessageBytes, nativeConnection.remote.maxMessageBytes),
          mayBlock: !local,
          logger,
        });
        connection.attach(sink);
        resolve({ connection });
      };
      const giveUp = environment.addon.dial(folder.fd, socket, serverUid, options, timeoutMs, done);
      if (signal?.aborted) giveUp();
      else signal?.addEventListener('abort', giveUp);
    });
  }
}

/** Exactly one of the two is not null. */
type DialDone = Parameters<NativeAddon['dial']>[5];

function refused({ code, message, retryable, peer }: NativeFailure): DialResult {
  const refusal = { code: statusFromNumber(code), message };
  return peer === undefined ? { refusal, retryable } : { refusal, retryable, violator: peer };
}

/** A folder that has gone may come again; what has failed its checks, or a platform, stays as it is. */
function refusalOf(error: unknown): DialResult {
  if (error instanceof FolderProblem) {
    const retryable = error.problem.kind !== 'refused';
    return {
      refusal: { code: retryable ? 'UNAVAILABLE' : 'FAILED_PRECONDITION', message: error.message },
      retryable,
    };
  }
  if (!(error instanceof RpcError)) throw error;
  return {
    refusal: { code: error.code, message: error.message.slice(error.code.length + 2) },
    retryable: false,
  };
}

function refuseOverflowUid(uid: number): DialResult {
  const message = `uid ${uid} stands for every user that has none in this user namespace; no server can be told by it`;
  return { refusal: { code: 'PERMISSION_DENIED', message }, retryable: false };
}
