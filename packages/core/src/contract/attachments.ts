import type { AnyService, DeclaresName, NameOf } from './types.js';

/** Says which attachment a value is. Two copies of the package must know each other's. */
export const attachmentSymbol: unique symbol = Symbol.for('doorcall.attachment') as never;

/** Says of a zod schema which attachment it stands for. */
export const attachmentSchemaSymbol: unique symbol = Symbol.for('doorcall.attachment.schema') as never;

/** What travels beside a message and not in it. */
export type AttachmentKind = 'blob' | 'fd' | 'door';

/** What a schema of an attachment says. */
export interface AttachmentSchema {
  readonly kind: AttachmentKind;
  /** blob: the most bytes that one may have. */
  readonly maxBytes?: number;
  /** door: the service behind it. */
  readonly service?: () => AnyService;
}

/** Bytes that the other side has handed over: memory of its own, seen here without a copy. */
export interface Blob extends Disposable {
  readonly [attachmentSymbol]: 'blob';
  /**
   * The bytes, in place. They may be written to, which nobody else sees; what was not written changes if the other side
   * misbehaves (see {@link copy}).
   * @throws RpcError FAILED_PRECONDITION when it has been released.
   */
  readonly bytes: Uint8Array;
  readonly byteLength: number;
  /**
   * Calls `work` with the bytes, for work that is done when it returns and keeps nothing of them. The faster way for that:
   * no array buffer is made and detached, after which V8 would check every access to any typed array of the thread. The array is
   * part of a larger buffer (mind its `byteOffset`), and is not made empty by {@link release}: after that it shows whatever is there.
   * @returns what `work` returns
   * @throws RpcError FAILED_PRECONDITION when it has been released; TypeError when `work` returns a promise: that is what
   *   {@link hold} is for.
   */
  read<Result>(work: (bytes: Uint8Array) => Result): Result;
  /**
   * The bytes `[from, to)`, by default all, as they are now, in memory of this process: for validators, where the other
   * side is not trusted, and to look at a part of a large blob.
   */
  copy(from?: number, to?: number): Uint8Array;
  /** Keeps the bytes until this was released as often as retained: for work that goes on after `release`. */
  retain(): this;
  /**
   * Keeps the bytes until the promise that `work` returns is settled, whoever releases the blob meanwhile: for native I/O, of which
   * nothing else tells that it still reads. @returns that promise
   * @throws RpcError FAILED_PRECONDITION (it rejects) when it has been released.
   */
  hold<Result>(work: (bytes: Uint8Array) => PromiseLike<Result> | Result): Promise<Result>;
  /** The bytes are not read any more: their memory goes back to its owner. Arrays of them have length 0 from now on. */
  release(): void;
}

/** An open descriptor that belongs to this process, or is to be given away. */
export interface OwnedFd extends Disposable {
  readonly [attachmentSymbol]: 'fd';
  /** The number. @throws RpcError FAILED_PRECONDITION when it is closed, detached or sent. */
  readonly fd: number;
  /** Idempotent. */
  close(): void;
  /** The number, whose closing is the caller's business from now on. */
  detach(): number;
  /**
   * A FileHandle of the same file with a position of its own. This descriptor is closed, also when that fails.
   * @throws RpcError (it rejects) FAILED_PRECONDITION for a socket, or when it is closed, detached or sent; Error of the system
   * when the file cannot be opened again for another reason.
   */
  toFileHandle(): Promise<import('node:fs/promises').FileHandle>;
  /**
   * A connected socket, or a pipe, as a `net.Socket`, which owns the descriptor from now on. When that fails, it is closed.
   * @throws RpcError FAILED_PRECONDITION for anything else, with what it is, or when it is closed, detached or sent.
   */
  toSocket(options?: import('node:net').SocketConstructorOpts): import('node:net').Socket;
}

/**
 * A service that the other side may call as long as it holds it. Where the compiler knows the names of services, it takes no door to
 * another one; what was generated from a contract and the contract itself have one name.
 */
export type Door<Service extends AnyService = AnyService> = DoorTo<NameOf<Service>>;

/** A door to a service of that name. */
export interface DoorTo<ServiceName> extends Disposable {
  readonly [attachmentSymbol]: 'door';
  readonly service: AnyService & DeclaresName<ServiceName>;
  /** How many references others hold. */
  readonly references: number;
  /** Ends it: calls in progress complete, later ones fail with FAILED_PRECONDITION. Idempotent. */
  revoke(): void;
}

/** What `createDoor` is told. */
export interface DoorOptions {
  /**
   * The last reference is gone, and no call or stream of it is open. It may be sent again all the same. What it throws, or the
   * promise that it returns rejects with, is logged where the connection logs that the door was last sent over.
   */
  readonly onUnreferenced?: () => void;
}

/** Which attachment a value is, if it is any. */
export function attachmentKindOf(value: unknown): AttachmentKind | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { [attachmentSymbol]?: AttachmentKind })[attachmentSymbol];
}

/** Whether a value can be sent where a contract has such an attachment. */
export function canBeSentAs(kind: AttachmentKind, value: unknown): boolean {
  if (attachmentKindOf(value) === kind) return true;
  if (kind === 'blob') return value instanceof Uint8Array;
  return kind === 'fd' && Number.isInteger(value) && (value as number) >= 0;
}

/**
 * Whether a schema is just now judging what this side is about to send. Otherwise it judges what has arrived: then a bare
 * number is no descriptor, whatever a peer says, or it could choose among those of this process.
 */
interface Judging {
  sending: boolean;
}

const judgingSymbol: unique symbol = Symbol.for('doorcall.attachment.judging') as never;
/** Schemas may be of another copy of the package. */
const shared = globalThis as { [judgingSymbol]?: Judging };
shared[judgingSymbol] ??= { sending: false };
const judging: Judging = shared[judgingSymbol];

/** Has a value judged that is about to be sent. What is judged only after something asynchronous counts as arrived. */
export function judgeSending<Result>(judge: (value: unknown) => Result, value: unknown): Result {
  const outer = judging.sending;
  judging.sending = true;
  try {
    return judge(value);
  } finally {
    judging.sending = outer;
  }
}

/** What schemas accept as an attachment: one that has arrived, or, of the sender, also what becomes one. */
export function isAcceptable(kind: AttachmentKind, value: unknown): boolean {
  return attachmentKindOf(value) === kind || (judging.sending && canBeSentAs(kind, value));
}

/** What an attachment is called in messages. */
export const ATTACHMENT_NAMES: Readonly<Record<AttachmentKind, string>> = {
  blob: 'blob',
  fd: 'descriptor',
  door: 'door',
};

/** What the schema of an attachment says; undefined for every other schema. */
export function attachmentSchemaOf(schema: unknown): AttachmentSchema | undefined {
  const def = (schema as { _zod?: { def?: { [attachmentSchemaSymbol]?: AttachmentSchema } } } | undefined)
    ?._zod?.def;
  return def?.[attachmentSchemaSymbol];
}
