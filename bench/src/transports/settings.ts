/**
 * How each peer is set up, in one place so that it can be reviewed in one sitting. The rule: what its own
 * documentation recommends to someone who wants the lowest latency from it between two processes of one host.
 */

import type { ForkOptions } from 'node:child_process';
import type { AgentOptions, ServerOptions } from 'node:http';
import type { ServerOpts as NetServerOptions } from 'node:net';
import type { ChannelOptions } from '@grpc/grpc-js';
import type { Options as ProtoOptions } from '@grpc/proto-loader';
import type { Agent, Pool } from 'undici';

/** Long enough that no server hangs up on an idle connection within a trial (node's default is 5 s). */
const idleMs = 120_000;

/** node:http servers, for the clients `node-http-*` and `undici-*`. */
export const httpServer: ServerOptions & { keepAliveTimeout: number } = {
  keepAliveTimeout: idleMs,
  noDelay: true,
  // Looking for slow clients every 30 s is no part of a call.
  connectionsCheckingInterval: idleMs,
};

/** As many calls as any suite of closed loops has in flight: no transport is to queue them in its client. */
const inFlight = 256;

/**
 * node:http client: one agent a connection; sockets are kept and the most recently used is taken again. A socket carries
 * one call at a time, so there are as many as calls in flight, which node's default (no limit) comes to as well.
 */
export const httpAgent: AgentOptions = {
  keepAlive: true,
  keepAliveMsecs: idleMs,
  maxSockets: inFlight,
  scheduling: 'lifo',
  noDelay: true,
};

/**
 * undici client. Sockets × pipelining covers the 256 calls in flight: pipelining saves system calls, more than
 * one socket keeps a slow answer from holding up the others. As 8 × 32,
 * 16 × 16 or 50 × 10 they carry as many calls or somewhat fewer, with 64 in flight as with 256.
 */
export const undiciPool: Pool.Options = {
  connections: 4,
  pipelining: inFlight / 4,
  keepAliveTimeout: idleMs,
  keepAliveMaxTimeout: idleMs,
};

/** Without both, undici does not pipeline a POST. */
export const undiciRequest = { idempotent: true, blocking: false } as const;

/** grpc-js, both ends. */
export const grpcChannel: ChannelOptions = {
  // Book-keeping for a debugging service that is not served.
  'grpc.enable_channelz': 0,
  // A channel is a connection of its own; by default channels to one address share.
  'grpc.use_local_subchannel_pool': 1,
  // No proxy look-up, no service configuration from DNS: the address is a local one.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  // Answers may be so large before the client has to permit more, instead of 64 KiB.
  'grpc-node.flow_control_window': 4 * 1024 * 1024,
};

/** What the gRPC documentation's examples load their .proto with, less the parts that only cost. */
export const grpcProto: ProtoOptions = {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
};

/** Raw sockets, both ends: TCP is not to wait for more before it sends (a Unix socket never does). */
export const netServer: NetServerOptions = { noDelay: true };
export const netSocket = { noDelay: true } as const;

/**
 * Raw sockets: the client has the kernel write what comes into memory that is used again (`onread`), instead of 64 KiB of
 * memory of their own for each read. Node offers that to who connects only; servers read by `data` events.
 *
 * Frames of a 4-byte length, a 4-byte call id, one byte that says what follows, and JSON or bytes.
 */
export const netFrames = {
  headerBytes: 9,
  /** What a client reads into; larger from the first larger frame on. */
  readBytes: 64 * 1024,
  /** A frame longer than this is not one of ours. */
  maxBodyBytes: 16 * 1024 * 1024,
} as const;

/**
 * Raw sockets of the suite `streams`: frames of a 4-byte length and that many bytes. Length and bytes leave in one
 * `writev`, from where they are. `onread` has the kernel write what comes to where it belongs; with `data` events it is
 * copied there once more, and each 64 KiB are memory of their own. Buffer sizes of the kernel cannot be set from node.
 */
export const netBytes = {
  headerBytes: 4,
  /** `drain` comes when less is unsent, so that the kernel's buffer never runs empty meanwhile. */
  writableHighWaterMark: 1024 * 1024,
} as const;

/** child_process IPC: node's default, and V8's structured clone, which also knows bytes. */
export const childIpcJson: ForkOptions = { serialization: 'json' };
export const childIpcAdvanced: ForkOptions = { serialization: 'advanced' };

/**
 * connect-node, both ends. Of its protocols the Connect protocol, over HTTP/2 as its documentation has it for services that
 * call each other, with protobuf. It compresses from 1 KiB on unless told not to, which costs more here than it saves.
 */
export const connectHandlers = { acceptCompression: [] };
export const connectClient = { acceptCompression: [], useBinaryFormat: true };

/**
 * tRPC. Its `httpBatchLink` waits for the next timer of the event loop, a millisecond at best, to put several calls into one
 * request; `httpLink` sends at once. Its fetch is undici's: as many sockets as the agent of node:http has.
 */
export const trpcAgent: Agent.Options = {
  connections: inFlight,
  keepAliveTimeout: idleMs,
  keepAliveMaxTimeout: idleMs,
};

/**
 * zeromq, both ends. With no limit of its own on what is under way and no waiting for one, `send` hands a message over at
 * once, as its documentation says; the calls in flight are the limit. Nothing is to linger after a close.
 */
export const zeromqSocket = {
  sendHighWaterMark: 0,
  receiveHighWaterMark: 0,
  sendTimeout: 0,
  linger: 0,
} as const;
