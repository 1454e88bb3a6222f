import type { CallPeer } from '../contract/types.js';
import { type OptionNames, refuseUnknownOptions } from '../errors/unknown-option.js';
import type { Logger } from '../observe/logger.js';
import { resolveWindow } from '../stream/window.js';
import { HELLO_DEFAULTS } from '../transport/hello-defaults.js';
import { checkRingBytes } from '../transport/ring-bytes.js';
import type { Acceptor } from '../transport/transport.js';
import type { ServerInterceptor } from './interceptor.js';

/** Bounds of what clients can make a server hold. All of them are per server process. */
export interface ServerLimits {
  /** Calls in flight of one connection; clients keep to it by themselves. Default 1,000. */
  readonly maxInFlightPerConnection?: number;
  /** Calls in flight of all connections; beyond it connections take turns. Default 10,000. */
  readonly maxInFlight?: number;
  /** One-way messages of one connection that are being worked on or lie unread. Default 1,024. */
  readonly onewayWindow?: number;
  /** Bytes of answers that wait for one slow client, beside twice `ringBytes` that go out next. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Bytes of answers that wait for all slow clients. Default 256 MiB. */
  readonly maxQueuedBytesInAll?: number;
  /** What is held unread of one input stream: bytes. Default 256 KiB. */
  readonly streamWindowBytes?: number;
  /** What is held unread of one input stream: items, at most 65,535. Default 1,024. */
  readonly streamWindowItems?: number;
  /** Bytes of blobs that are held of one client and not released. Default 256 MiB. */
  readonly maxBlobBytes?: number;
}

/** Options of `serve`. */
export interface ServeOptions {
  /** Where services live. Default: `$DOORCALL_DIR`, `$XDG_RUNTIME_DIR/doorcall` or `/tmp/doorcall-<uid>`. */
  readonly directory?: string;
  /** Name of this instance among the service's instances. */
  readonly name?: string;
  /**
   * What to do when the name is taken. `'wait'` (default): up to 2 s for its owner to go; `'fail'`: give up at
   * once; `'replace'`: take the name over, the old server drains; `'join'`: serve beside it as a further
   * instance, over which clients balance.
   */
  readonly onTaken?: 'wait' | 'fail' | 'replace' | 'join';
  /** Who may call. Default: processes of the same uid. */
  readonly allow?: (peer: CallPeer) => boolean;
  readonly limits?: ServerLimits;
  /** The largest message in either direction, in bytes. Default 16 MiB; the smaller of both sides counts. */
  readonly maxMessageBytes?: number;
  /** Size of the ring for answers to one client, a power of two in bytes. Default 128 KiB. */
  readonly ringBytes?: number;
  /** Run around every handler, outermost first. */
  readonly interceptors?: readonly ServerInterceptor[];
  /**
   * Whether clients may send descriptors: how many with one message, at most 253; true stands for 16. Default: none.
   */
  readonly acceptFds?: boolean | number;
  /** Where log lines go; false for nowhere. Default: the console. */
  readonly logger?: Logger | false;
  /** @internal */
  readonly acceptor?: Acceptor;
}

/** Options of `serve`, in the order of the guide. */
export const SERVE_OPTIONS: OptionNames<ServeOptions> = {
  directory: true,
  name: true,
  onTaken: true,
  allow: true,
  limits: true,
  maxMessageBytes: true,
  ringBytes: true,
  interceptors: true,
  acceptFds: true,
  logger: true,
  acceptor: 'internal',
};

/** Limits of a server. */
export const LIMITS: OptionNames<ServerLimits> = {
  maxInFlightPerConnection: true,
  maxInFlight: true,
  onewayWindow: true,
  maxQueuedBytes: true,
  maxQueuedBytesInAll: true,
  streamWindowBytes: true,
  streamWindowItems: true,
  maxBlobBytes: true,
};

/** @throws TypeError for an option that there is not, RangeError for a size that no ring can have. */
export function checkServeOptions(options: ServeOptions): void {
  refuseUnknownOptions('serve', options, SERVE_OPTIONS);
  checkRingBytes('serve', options.ringBytes);
  if (options.limits !== undefined) refuseUnknownOptions('serve: limits', options.limits, LIMITS);
}

/** The limits with all defaults filled in. @throws RangeError for one that is not a positive integer; `maxBlobBytes` may be 0. */
export function resolveLimits(limits: ServerLimits = {}): Required<ServerLimits> {
  const resolved = {
    maxInFlightPerConnection: limits.maxInFlightPerConnection ?? 1_000,
    maxInFlight: limits.maxInFlight ?? 10_000,
    onewayWindow: limits.onewayWindow ?? 1_024,
    maxQueuedBytes: limits.maxQueuedBytes ?? 64 * 1024 * 1024,
    maxQueuedBytesInAll: limits.maxQueuedBytesInAll ?? 256 * 1024 * 1024,
    maxBlobBytes: limits.maxBlobBytes ?? HELLO_DEFAULTS.maxBlobBytes,
    ...resolveWindow('limits', limits),
  };
  for (const [name, value] of Object.entries(resolved)) {
    // A server that takes no blobs says so.
    const least = name === 'maxBlobBytes' ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`limits.${name} is ${value}`);
  }
  return resolved;
}
