import { channel } from 'node:diagnostics_channel';
import type { MethodKind } from '../contract/method-kind.js';
import type { StatusCode } from '../errors/status.js';

/** Published on `doorcall:client:call` and `doorcall:server:call` when a call has ended. */
export interface CallEvent {
  readonly service: string;
  readonly method: string;
  readonly kind: MethodKind;
  readonly code: 'OK' | StatusCode;
  /** The error that the caller sees (client), or that the handler threw (server). */
  readonly error: unknown;
  readonly durationMs: number;
}

/** Published on `doorcall:client:connection` and `doorcall:server:connection`. */
export interface ConnectionEvent {
  readonly service: string;
  readonly state: 'open' | 'draining' | 'closed';
  /** Where the server answers, e.g. the socket's path. */
  readonly address: string;
  readonly peer: { readonly uid: number; readonly gid: number; readonly pid: number };
  /** With `closed`: why. */
  readonly reason?: string;
}

/** Published on `doorcall:server:replaced` when another server has taken the name over: this one drains and ends. */
export interface ReplacedEvent {
  readonly service: string;
  /** Where the other one answers now. */
  readonly address: string;
}

/** Publish only behind `hasSubscribers`: building an event costs more than a call should. */
export const channels = {
  clientCall: channel('doorcall:client:call'),
  serverCall: channel('doorcall:server:call'),
  clientConnection: channel('doorcall:client:connection'),
  serverConnection: channel('doorcall:server:connection'),
  serverReplaced: channel('doorcall:server:replaced'),
};
