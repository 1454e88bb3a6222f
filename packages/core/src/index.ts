/**
 * Contracts, clients and servers.
 *
 * @module @doorcall/core
 */

// Attachments: what travels beside a message.
export { ownFd } from './attach/owned-fd.js';
// Contracts: what a service offers.

export type { ClientStats } from './client/client.js';
export {
  type ClientCallInfo,
  type ClientInterceptor,
  type SyncClientInterceptor,
  syncInterceptor,
} from './client/interceptor.js';
export type { ConnectOptions } from './client/options.js';
export { type ClientControls, type ServiceClient, statsOf } from './client/stub.js';
// Clients.
export { type ConnectArguments, connect } from './connect.js';
export { detached } from './context/scope.js';
export type { Blob, Door, DoorOptions, DoorTo, OwnedFd } from './contract/attachments.js';
export { defineService } from './contract/define-service.js';
export type { AllocateLaterOptions, AllocateOptions, Memory } from './contract/memory.js';
export type { StandardSchema } from './contract/standard-schema.js';
export { type StreamOf, type StreamReader, type StreamSource, stream } from './contract/stream.js';
export type {
  AnyService,
  CallbacksOf,
  CallOptions,
  CallPeer,
  Client,
  ErrorSpec,
  Handler,
  HandlerContext,
  Handlers,
  InputOf,
  Metadata,
  MethodDefinition,
  MethodSpec,
  OutputOf,
  ServiceDefinition,
} from './contract/types.js';
export type { Issue } from './errors/issue.js';
// Errors: how calls fail.
export { isRpcError, RpcError, type RpcErrorOptions } from './errors/rpc-error.js';
export {
  type StatusCode,
  statusFromHttp,
  statusFromNumber,
  statusNumber,
  statusToHttp,
} from './errors/status.js';
// Observation.
export { type HealthReport, health } from './health/health.js';
// Tests without processes.
export { connectInMemory, type InMemoryArguments, type InMemoryOptions } from './in-memory.js';
export type { CallEvent, ConnectionEvent, ReplacedEvent } from './observe/events.js';
export type { Logger } from './observe/logger.js';
// Servers.
export { serve } from './serve.js';
export { createDoor } from './server/door.js';
export type { ServerCallInfo, ServerInterceptor } from './server/interceptor.js';
export type { ServeOptions, ServerLimits } from './server/options.js';
export type { Server, ServerStats } from './server/server.js';
