import { encodeMetadata } from '../codec/metadata.js';
import { monotonicMs } from '../context/clock.js';
import type { Scope } from '../context/scope.js';
import type { CallOptions, Metadata } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { type CallEvent, channels } from '../observe/events.js';
import type { SyncReply } from '../transport/transport.js';
import { readError, readReply, tell } from './answer.js';
import * as failures from './failures.js';
import { type ClientInterceptor, intercept, isSync, type SyncClientInterceptor } from './interceptor.js';
import type { Link } from './link.js';
import type { Links } from './links.js';
import type { MethodPlan } from './method-plan.js';
import type { Preparing } from './pending-call.js';
import { inFrontOf } from './request-prefix.js';

/** What a blocking call needs from its client. */
export interface BlockingHost {
  readonly pool: Links;
  prepare(call: Preparing, options: CallOptions | undefined): void;
}

/** A call whose caller waits on the spot. It needs no promise, and its signal cannot fire meanwhile. */
class BlockingCall implements Preparing {
  deadlineMs = Number.POSITIVE_INFINITY;
  wireDeadline = 0;
  scope: Scope | undefined = undefined;
  onTrailers: ((trailers: Metadata) => void) | undefined = undefined;

  constructor(
    readonly plan: MethodPlan,
    readonly startedMs: number,
  ) {}

  follow(): void {}

  tellTrailers(trailers: Metadata): void {
    tell(this.onTrailers, trailers);
  }
}

/**
 * Makes a call and blocks the thread until its answer.
 * @throws RpcError FAILED_PRECONDITION for what can only be done asynchronously.
 */
export function callBlocking(
  host: BlockingHost,
  interceptors: readonly (ClientInterceptor | SyncClientInterceptor)[],
  plan: MethodPlan,
  input: unknown,
  options: CallOptions | undefined,
): unknown {
  if (interceptors.length === 0) return attempt(host, plan, input, options);
  if (!interceptors.every(isSync)) {
    throw impossible(plan, 'one of its interceptors is not declared as synchronous (syncInterceptor)');
  }
  const { service, name, kind } = plan.definition;
  const call = { service, method: name, kind, input, options: options ?? {} };
  const result: unknown = intercept(interceptors, call, (changed) => attempt(host, plan, input, changed));
  if (result instanceof Promise) {
    result.catch(() => {});
    throw impossible(plan, 'an interceptor that is declared as synchronous returned a promise');
  }
  return result;
}

function attempt(
  host: BlockingHost,
  plan: MethodPlan,
  input: unknown,
  options: CallOptions | undefined,
): unknown {
  const call = new BlockingCall(plan, monotonicMs());
  try {
    host.prepare(call, options);
    const metadata = options?.metadata === undefined ? undefined : encodeMetadata(options.metadata);
    let link = host.pool.pick(plan) ?? noLink(host, plan);
    let reply = send(call, link, input, metadata);
    if (reply.outcome === 'closed' && reply.untaken) {
      // Another instance may take what this one certainly did not.
      const other = host.pool.pick(plan);
      if (other !== undefined) {
        host.pool.counters.retries += 1;
        link = other;
        reply = send(call, link, input, metadata);
      }
    }
    const value = read(call, link, reply);
    if (channels.clientCall.hasSubscribers) publish(call, 'OK', undefined);
    return value;
  } catch (thrown) {
    const error = failures.ofCall(plan, thrown);
    if (channels.clientCall.hasSubscribers) publish(call, error.code, error);
    throw error;
  } finally {
    if (call.scope !== undefined) call.scope.innerCalls -= 1;
  }
}

function send(call: BlockingCall, link: Link, input: unknown, metadata: Uint8Array | undefined): SyncReply {
  const { plan } = call;
  const encoded = link.codecFor(plan).encodeInput(plan.id, input);
  const { attachments } = encoded;
  const attached = attachments === undefined ? undefined : link.attachTo(encoded, attachments);
  const { body, flags } = inFrontOf(plan, attached?.body ?? encoded, attached !== undefined, metadata);
  let reply: SyncReply | undefined;
  try {
    reply = link.sendBlocking(plan, flags, body, call.wireDeadline, call.deadlineMs);
  } finally {
    if (reply === undefined || reply.untaken || reply.outcome === 'full') attached?.undo();
    else attached?.sent();
  }
  if (reply === undefined)
    throw impossible(plan, 'its server runs on this thread, or its transport cannot block');
  return reply;
}

function read(call: BlockingCall, link: Link, reply: SyncReply): unknown {
  const { plan } = call;
  const { outcome, flags, aux, bytes, start, end, untaken } = reply;
  switch (outcome) {
    case 'reply':
      return readReply(plan, link, call, flags, bytes, start, end);
    case 'error':
      throw readError(plan, link.codecFor(plan), call, flags, aux, bytes, start, end);
    case 'timeout':
      throw failures.overdue(call, !untaken);
    case 'full':
      throw new RpcError('RESOURCE_EXHAUSTED', `${plan.path}: the ring and the queue before it are full`);
    case 'crowded':
      throw failures.crowded(plan, !untaken);
    case 'closed':
      throw untaken
        ? failures.notTaken(plan, 'and a blocking call cannot wait for another one')
        : failures.cutOff(plan, link.key, 'the connection ended');
  }
}

function noLink(host: BlockingHost, plan: MethodPlan): never {
  const { pool } = host;
  const refusal = pool.refusalOf(plan);
  if (refusal !== undefined) throw refusal;
  if (pool.connections > 0) {
    const message = `${plan.path}: no server has room for it (calls in flight, space in its ring), and a blocking call cannot wait`;
    throw new RpcError('RESOURCE_EXHAUSTED', message);
  }
  pool.look();
  if (pool.everConnected) {
    throw new RpcError(
      'UNAVAILABLE',
      `${plan.path}: the connection is lost, and a blocking call cannot wait for the next one; it is made by the event loop (\`await client.ready()\`)`,
      { origin: 'transport', method: plan.path },
    );
  }
  throw impossible(plan, 'there is no connection yet; `await client.ready()` before the first one');
}

function impossible(plan: MethodPlan, why: string): RpcError {
  return new RpcError('FAILED_PRECONDITION', `${plan.path} cannot be called with .sync(): ${why}`, {
    method: plan.path,
  });
}

function publish(call: BlockingCall, code: CallEvent['code'], error: unknown): void {
  const { service, name, kind } = call.plan.definition;
  const durationMs = monotonicMs() - call.startedMs;
  channels.clientCall.publish({ service, method: name, kind, code, error, durationMs } satisfies CallEvent);
}
