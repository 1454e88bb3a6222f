import { type CloseInfo, Flag, Kind, type UntakenMessage } from '../transport/transport.js';
import type { MethodPlan } from './method-plan.js';

/** What a connection that has ended certainly never handed over. */
export interface Untaken {
  /** By call id. */
  readonly requests: ReadonlyMap<number, UntakenMessage>;
  readonly oneways: number;
}

export function untakenOf({ frozen, untaken }: CloseInfo): Untaken {
  const requests = new Map<number, UntakenMessage>();
  let oneways = 0;
  for (const message of frozen ? untaken : []) {
    if (message.kind === Kind.request) requests.set(message.callId, message);
    else if (message.kind === Kind.oneway) oneways += 1;
  }
  return { requests, oneways };
}

/** Why an untaken request cannot go to another server, if that is so. */
export function boundTo(plan: MethodPlan, { flags }: UntakenMessage): string | undefined {
  if (plan.streamsInput) return 'and its input, which has begun, cannot be sent again';
  if ((flags & Flag.door) !== 0) return 'and the door that it is a call of ended with it';
  // The numbers in its table are those of the connection that has ended.
  if ((flags & Flag.attachments) !== 0) return 'and what travels beside it cannot be sent again';
  return undefined;
}
