import type { CallOptions } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { type OptionNames, refuseUnknownOptions, unknownOption } from '../errors/unknown-option.js';
import type { Logger } from '../observe/logger.js';
import { resolveWindow } from '../stream/window.js';
import { resolveMaxMessageBytes } from '../transport/message-size.js';
import { checkRingBytes } from '../transport/ring-bytes.js';
import type { Dialer } from '../transport/transport.js';
import type { ClientInterceptor, SyncClientInterceptor } from './interceptor.js';

/** Options of `connect`. */
export interface ConnectOptions {
  /** Where to look for the service. Default: every place where a server would put it by default. */
  readonly directory?: string;
  /** Talk to this instance only. Default: to all instances, fewest calls in flight first. */
  readonly name?: string;
  /** The uid that the server must have; 'any' trusts whoever may serve there. Default: this process's own. */
  readonly serverUid?: number | 'any';
  /** For built-in services such as `health`: the service whose servers are asked. */
  readonly of?: string;
  /** Time a call may take when it says nothing itself, in ms. Default 30 s; Infinity for none. */
  readonly defaultTimeoutMs?: number;
  /** Time within which a call must find a server, in ms. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Calls that may wait for a server, for its limits or for space. Default 10,000. */
  readonly maxQueuedCalls?: number;
  /** Bytes of calls that may wait. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Instances to be connected with at once. Default 16. */
  readonly maxConnections?: number;
  /** Largest message in either direction, in bytes. Default 16 MiB; the smaller of both sides counts. */
  readonly maxMessageBytes?: number;
  /** Size of the ring for calls to one server, a power of two in bytes. Default 128 KiB. */
  readonly ringBytes?: number;
  /** What is held unread of one output stream: bytes. Default 256 KiB. */
  readonly streamWindowBytes?: number;
  /** What is held unread of one output stream: items, at most 65,535. Default 1,024. */
  readonly streamWindowItems?: number;
  /**
   * Handlers of the contract's callbacks, which servers call as `ctx.client`: a function for each. Needed where the contract
   * has callbacks; by default there are none.
   */
  readonly callbacks?: object;
  /**
   * Whether servers may send descriptors: how many with one message, at most 253; true stands for 16. Default: none.
   */
  readonly acceptFds?: boolean | number;
  /** Bytes of blobs that are held of one server and not released. Default 256 MiB. */
  readonly maxBlobBytes?: number;
  /** Run around every call, outermost first. */
  readonly interceptors?: readonly (ClientInterceptor | SyncClientInterceptor)[];
  /** Where log lines go; false for nowhere. Default: the console. */
  readonly logger?: Logger | false;
  /** @internal */
  readonly dialer?: Dialer;
}

/** Options of `connect`, in the order of the guide. */
export const CONNECT_OPTIONS: OptionNames<ConnectOptions> = {
  directory: true,
  name: true,
  serverUid: true,
  of: true,
  defaultTimeoutMs: true,
  connectTimeoutMs: true,
  maxQueuedCalls: true,
  maxQueuedBytes: true,
  maxConnections: true,
  maxMessageBytes: true,
  ringBytes: true,
  streamWindowBytes: true,
  streamWindowItems: true,
  callbacks: true,
  acceptFds: true,
  maxBlobBytes: true,
  interceptors: true,
  logger: true,
  dialer: 'internal',
};

/** Options of a call. */
export const CALL_OPTIONS: OptionNames<CallOptions> = {
  timeoutMs: true,
  deadline: true,
  signal: true,
  metadata: true,
  onTrailers: true,
};

/** The options that a client's core works with, all filled in. */
export interface ClientSettings {
  readonly defaultTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxQueuedCalls: number;
  readonly maxQueuedBytes: number;
  readonly maxConnections: number;
  readonly maxMessageBytes: number;
  readonly streamWindowBytes: number;
  readonly streamWindowItems: number;
}

/**
 * @throws RangeError for a number that is not positive; `maxBlobBytes` may be 0.
 * @throws TypeError for an option that there is not.
 */
export function resolveSettings(options: ConnectOptions): ClientSettings {
  refuseUnknownOptions('connect', options, CONNECT_OPTIONS);
  checkRingBytes('connect', options.ringBytes);
  const settings = {
    defaultTimeoutMs: options.defaultTimeoutMs ?? 30_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    maxQueuedCalls: options.maxQueuedCalls ?? 10_000,
    maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
    maxConnections: options.maxConnections ?? 16,
    maxMessageBytes: resolveMaxMessageBytes(options.maxMessageBytes),
    ...resolveWindow('connect', options),
  };
  for (const [name, value] of Object.entries(settings)) {
    if (!(value > 0)) throw new RangeError(`connect: ${name} is ${value}`);
  }
  const { maxBlobBytes = 0 } = options;
  if (!Number.isSafeInteger(maxBlobBytes) || maxBlobBytes < 0)
    throw new RangeError(`connect: maxBlobBytes is ${maxBlobBytes}`);
  return settings;
}

/** @throws RpcError INVALID_ARGUMENT for an option that there is not: a misspelt timeout must not be none. */
export function checkCallOptions(options: CallOptions): void {
  for (const name in options) {
    // At every call: comparing with constants is much cheaper than looking names up.
    switch (name as keyof CallOptions) {
      case 'timeoutMs':
      case 'deadline':
      case 'signal':
      case 'metadata':
      case 'onTrailers':
        break;
      default: {
        const problem = unknownOption(options, CALL_OPTIONS);
        if (problem !== undefined) throw new RpcError('INVALID_ARGUMENT', problem);
      }
    }
  }
}
