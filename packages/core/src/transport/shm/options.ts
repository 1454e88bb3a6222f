import { RpcError } from '../../errors/rpc-error.js';
import { isRingSize } from '../ring-bytes.js';

/** Where this transport writes its log lines; the `logger` of client and server fits. */
export interface ShmLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What both sides can choose. */
export interface ShmOptions {
  /**
   * Folder that holds the services. Given explicitly it may be shared with other users (0750, 2770, owned by
   * root …): then the credentials of both processes decide. Default: `$DOORCALL_DIR`,
   * `$XDG_RUNTIME_DIR/doorcall` and `/tmp/doorcall-<uid>`, which must belong to this user alone.
   */
  readonly directory?: string | undefined;
  /** Size of the ring that this side writes, for each connection: a power of two, 4 KiB … 512 MiB. Default 128 KiB. */
  readonly ringBytes?: number | undefined;
  /** Bounds of the private queue before that ring. Default 4096 messages, 64 MiB. */
  readonly maxQueuedMessages?: number | undefined;
  readonly maxQueuedBytes?: number | undefined;
  /** Default: the console. */
  readonly logger?: ShmLogger | undefined;
}

const ON_TAKEN = ['wait', 'fail', 'replace', 'join'] as const;

/** What a server does when its name is taken. */
export type OnTaken = (typeof ON_TAKEN)[number];

/** The option `onTaken`. @throws TypeError for anything else. */
export function onTakenOf(option: string = 'wait'): OnTaken {
  const known = ON_TAKEN.find((name) => name === option);
  if (known === undefined) throw new TypeError(`onTaken is '${option}'; it is one of ${ON_TAKEN.join(', ')}`);
  return known;
}

/** Options of {@link createShmAcceptor}. */
export interface ShmAcceptorOptions extends ShmOptions {
  /** Name of this instance among the service's: A-Z, a-z, 0-9, `.`, `_`, `-`, at most 64. Default `main`. */
  readonly name?: string | undefined;
  /**
   * `wait` (default): up to 2 s for the owner to go. `fail`: at once. `replace`: take the name over; the old
   * server drains. `join`: listen beside it as `<name>-2`, `<name>-3`, …
   */
  readonly onTaken?: OnTaken | undefined;
  /**
   * Refuse peers of another uid before {@link AcceptPolicy.allow} is asked. Default true; false when `allow`
   * is a decision of the user's about uids.
   */
  readonly sameUidOnly?: boolean | undefined;
  /** How long a peer may take for its handshake. Default 5,000 ms. */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Memory of all connections' rings together; peers of one other uid get at most half of it.
   * Default 1 GiB.
   */
  readonly maxRingBytes?: number | undefined;
  /** How long the steps of taking a name last. @internal */
  readonly timing?: Partial<ClaimTiming> | undefined;
}

/** Options of {@link createShmDialer}. */
export interface ShmDialerOptions extends ShmOptions {
  /** The uid that the server must run as. Default: this process's. */
  readonly serverUid?: number | 'any' | undefined;
}

/** How long the steps of taking a name last, in ms. */
export interface ClaimTiming {
  /** How long `wait` waits for a living owner. */
  readonly waitMs: number;
  /** Between two attempts. */
  readonly pollMs: number;
  /** How long one probe of the owner waits for its answer. */
  readonly probeMs: number;
  /** A held lock whose socket refuses connections for so long is stale. */
  readonly nobodyMs: number;
  /** A held lock whose socket takes connections, but answers none for so long, is stale. */
  readonly silentMs: number;
  /** How long a new owner has for putting its socket in our place. */
  readonly handoverMs: number;
}

const TIMING: ClaimTiming = {
  waitMs: 2_000,
  pollMs: 25,
  probeMs: 500,
  nobodyMs: 1_000,
  silentMs: 5_000,
  handoverMs: 5_000,
};

const INSTANCE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const DEFAULT_INSTANCE = 'main';
export const DEFAULT_RING_BYTES = 128 * 1024;
export const DEFAULT_MAX_RING_BYTES = 1024 * 1024 * 1024;

export function timingOf(options: ShmAcceptorOptions): ClaimTiming {
  return { ...TIMING, ...options.timing };
}

/** @throws RpcError INVALID_ARGUMENT */
export function ringBytesOf(options: ShmOptions): number {
  const bytes = options.ringBytes ?? DEFAULT_RING_BYTES;
  if (!isRingSize(bytes)) {
    throw new RpcError(
      'INVALID_ARGUMENT',
      `ringBytes must be a power of two from 4096 to 2^29, not ${bytes}`,
    );
  }
  return bytes;
}

/** @throws RpcError INVALID_ARGUMENT */
export function instanceNameOf(options: ShmAcceptorOptions): string {
  const name = options.name ?? DEFAULT_INSTANCE;
  if (!INSTANCE_NAME.test(name)) {
    throw new RpcError(
      'INVALID_ARGUMENT',
      `instance name ${JSON.stringify(name)} becomes a file name: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', ` +
        'beginning with a letter or digit',
    );
  }
  return name;
}

/** The service's name is a folder's name here. @throws RpcError INVALID_ARGUMENT */
export function checkServiceFolderName(service: string): void {
  if (!SERVICE_NAME.test(service)) {
    throw new RpcError(
      'INVALID_ARGUMENT',
      `service name ${JSON.stringify(service)} cannot be a folder's name`,
    );
  }
}

export const consoleLogger: ShmLogger = {
  warn: (fields, message) => console.warn(`doorcall: ${message}`, fields),
  error: (fields, message) => console.error(`doorcall: ${message}`, fields),
};
