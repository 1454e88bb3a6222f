import type { Memory } from '../contract/memory.js';
import type { RpcError } from '../errors/rpc-error.js';
import type { Dialer, UntakenMessage } from '../transport/transport.js';
import type { ClientCounters } from './counters.js';
import type { Link } from './link.js';
import type { MethodPlan } from './method-plan.js';
import type { PendingCall } from './pending-call.js';

/** The connections that a client's calls go over. */
export interface Links {
  readonly counters: ClientCounters;
  /** Those that take calls. */
  readonly connections: number;
  readonly everConnected: boolean;
  /** Calls that have yet to be answered. */
  readonly inFlight: number;
  /** The places of the last attempt to connect, each with what was found there. */
  readonly tried: readonly string[];
  /** One that has room for a call of this method. */
  pick(plan: MethodPlan): Link | undefined;
  all(): readonly Link[];
  /** Whether a call can go nowhere but over this connection. */
  leadsOnlyTo(connection: object): boolean;
  /** Why this method cannot be called, if that is so. */
  refusalOf(plan: MethodPlan): RpcError | undefined;
  /** Memory that can be handed over on one of them. @throws RpcError when there is none. */
  allocate(bytes: number): Memory;
  /** The same as soon as there is room for it. */
  allocateLater(bytes: number, signal: AbortSignal | undefined): Promise<Memory>;
  /** A copy of a descriptor; undefined where none can be sent. @throws RpcError as {@link Dialer.duplicate}. */
  duplicate(fd: number): number | undefined;
  /** Calls wait: there should be a connection. */
  look(): void;
  /** Ends the connections; what was sent before is still delivered. */
  close(): Promise<void>;
}

/** What connections tell the client. */
export interface LinksOwner {
  /** Calls wait for a connection. */
  readonly inDemand: boolean;
  /** A call may be sent that could not be before. */
  roomMade(): void;
  /** There is no usable connection any more. */
  disconnected(): void;
  /** No server can be had, and waiting does not help. */
  gaveUp(error: RpcError): void;
  /** A call was sent and certainly not taken. */
  retry(call: PendingCall, message: UntakenMessage, encoding: string): void;
}
