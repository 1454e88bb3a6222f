import { monotonicMs } from '../context/clock.js';
import { type CallEvent, channels } from '../observe/events.js';
import type { ServerCall } from './call.js';

/** Which call it is, for a log line. */
export function whose(call: ServerCall): object {
  const { service, name } = call.plan.definition;
  return { service, method: name, peer: call.peer };
}

/** Tells whoever listens that a call is over. */
export function publish(call: ServerCall, code: CallEvent['code'], error: unknown): void {
  const { service, name, kind } = call.plan.definition;
  const durationMs = monotonicMs() - call.startedMs;
  channels.serverCall.publish({ service, method: name, kind, code, error, durationMs } satisfies CallEvent);
}
