import type { Issue } from './issue.js';
import type { StatusCode } from './status.js';

const BRAND = Symbol.for('doorcall.RpcError');

/** Only for types: carries the declared errors of a method, so that {@link isRpcError} can narrow. */
declare const declaredErrors: unique symbol;

/** What {@link isRpcError} asks of a method. Every method of a service definition is one. */
export interface DeclaresErrors<
  Errors extends Readonly<Record<string, unknown>> = Readonly<Record<string, unknown>>,
> {
  readonly service: string;
  readonly name: string;
  readonly [declaredErrors]?: Errors;
}

/** Reasons that a method declares. */
export type ReasonOf<Method extends DeclaresErrors> =
  Method extends DeclaresErrors<infer Errors> ? Extract<keyof Errors, string> : never;

/** Data of one declared reason, as a client sees it. */
export type ErrorDataOf<Method extends DeclaresErrors, Reason extends string> =
  Method extends DeclaresErrors<infer Errors>
    ? Reason extends keyof Errors
      ? Errors[Reason]
      : never
    : never;

/** What an {@link RpcError} is made of besides its code and message. */
export interface RpcErrorOptions<Reason extends string = string, Data = unknown> {
  readonly origin?: RpcError['origin'];
  readonly maybeExecuted?: boolean;
  /** `service/method` that the error belongs to. */
  readonly method?: string | undefined;
  readonly reason?: Reason | undefined;
  readonly data?: Data;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly issues?: readonly Issue[] | undefined;
  readonly cause?: unknown;
}

/** The one error that a failed call throws. */
export class RpcError<Reason extends string = string, Data = unknown> extends Error {
  /** One of the 16 canonical codes. */
  readonly code: StatusCode;
  /** Who says so: the handler's side, whatever carries the records, or this side before it sent anything. */
  readonly origin: 'server' | 'transport' | 'client';
  /** False only when it is certain that no handler ran. */
  readonly maybeExecuted: boolean;
  /** `service/method` of the call, where one is known. */
  declare readonly method?: string;
  /** The declared reason, for errors made by `ctx.error`. */
  declare readonly reason?: Reason;
  /** The declared reason's data. */
  declare readonly data?: Data;
  /** Metadata that the server sent along with the error. */
  declare readonly metadata?: Readonly<Record<string, string>>;
  /** What the schema has against the value (INVALID_ARGUMENT, or INTERNAL for an invalid output). */
  declare readonly issues?: readonly Issue[];

  /**
   * @param message without the code: it is put in front.
   * @param options `origin` defaults to `'client'`, `maybeExecuted` to false.
   */
  constructor(code: StatusCode, message: string, options: RpcErrorOptions<Reason, Data> = {}) {
    super(`${code}: ${message}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.origin = options.origin ?? 'client';
    this.maybeExecuted = options.maybeExecuted ?? false;
    if (options.method !== undefined) this.method = options.method;
    if (options.reason !== undefined) this.reason = options.reason;
    if ('data' in options) this.data = options.data as Data;
    if (options.metadata !== undefined) this.metadata = options.metadata;
    if (options.issues !== undefined) this.issues = options.issues;
  }

  /**
   * Any thrown value as an RpcError: an RpcError as it is, a `TimeoutError` (of `AbortSignal.timeout`) as
   * DEADLINE_EXCEEDED, an `AbortError` as CANCELLED, anything else as UNKNOWN with the value as its `cause`.
   */
  static from(thrown: unknown, options: RpcErrorOptions = {}): RpcError {
    if (isRpcError(thrown)) return thrown;
    const name = thrown instanceof Error ? thrown.name : '';
    const code =
      name === 'TimeoutError' ? 'DEADLINE_EXCEEDED' : name === 'AbortError' ? 'CANCELLED' : 'UNKNOWN';
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new RpcError(code, message, { cause: thrown, ...options });
  }

  /** True for errors of another copy of this package, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class derived from this one inherits the method, and asks for more than the brand.
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class that was asked
    if (this !== RpcError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
Object.defineProperty(RpcError.prototype, BRAND, { value: true });
Object.defineProperty(RpcError.prototype, 'name', { value: 'RpcError', writable: true, configurable: true });

/** Whether a thrown value is an RpcError, of this or another copy of the package. */
export function isRpcError(thrown: unknown): thrown is RpcError;
/** Whether it is this declared error of this method; narrows `data`. */
export function isRpcError<Method extends DeclaresErrors, Reason extends ReasonOf<Method>>(
  thrown: unknown,
  method: Method,
  reason: Reason,
): thrown is RpcError<Reason, ErrorDataOf<Method, Reason>> & { readonly data: ErrorDataOf<Method, Reason> };
export function isRpcError(thrown: unknown, method?: DeclaresErrors, reason?: string): boolean {
  if (!(thrown instanceof RpcError)) return false;
  if (method === undefined) return true;
  return thrown.reason === reason && thrown.method === `${method.service}/${method.name}`;
}
