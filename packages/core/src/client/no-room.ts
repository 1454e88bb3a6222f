import type { Link } from './link.js';
import type { MethodPlan } from './method-plan.js';

/** Why a call of a method waits for its connection, for people. */
export function whyNoRoom(link: Link, { oneway }: MethodPlan): string {
  const { blocked, inFlight, maxInFlight, connection } = link;
  if (blocked) return 'the server does not read what was sent to it before';
  if (oneway)
    return `the server has yet to finish ${connection.remote.onewayWindow} one-way calls (onewayWindow)`;
  let streams = 0;
  link.forEachCall(({ plan }) => {
    if (plan.streaming) streams += 1;
  });
  const open = streams === 0 ? '' : `, ${streams} of them open streams`;
  return `${inFlight} calls of this connection have no answer yet${open}, and the server takes ${maxInFlight} (maxInFlightPerConnection)`;
}
