import { describe } from 'vitest';
import { type Setup, worldFor } from './bed.js';
import { describeBlobs } from './blobs.js';
import { describeCallbacks } from './callbacks.js';
import { describeCancellation } from './cancellation.js';
import { describeConnections } from './connections.js';
import { describeDeadlines } from './deadlines.js';
import { describeDoorHolders } from './door-holders.js';
import { describeDoors } from './doors.js';
import { describeDrains } from './drains.js';
import { describeErrors } from './errors.js';
import { describeHostileDoors } from './hostile-doors.js';
import { describeHostileStreamClients } from './hostile-stream-clients.js';
import { describeHostileStreamServers } from './hostile-stream-servers.js';
import { describeInstances } from './instances.js';
import { describeItems } from './items.js';
import { describeLargeData } from './large-data.js';
import { describeLimits } from './limits.js';
import { describeOtherDoors } from './other-doors.js';
import { describePretenders } from './pretenders.js';
import { describeRetries } from './retries.js';
import { describeReverseStreams } from './reverse-streams.js';
import { describeStreamEdges } from './stream-edges.js';
import { describeStreamEnds } from './stream-ends.js';
import { describeStreamFailures } from './stream-failures.js';
import { describeStreamLeftovers } from './stream-leftovers.js';
import { describeStreamLimits } from './stream-limits.js';
import { describeStreamSources } from './stream-sources.js';
import { describeStreams } from './streams.js';
import { describeSurroundings } from './surroundings.js';
import { describeUnreceived } from './unreceived.js';
import { describeValues } from './values.js';
import { describeWaitingBlobs } from './waiting-blobs.js';

/**
 * What every transport must do, seen from client and server. Each implementation of the transport interface is
 * given to this one suite.
 */
export function describeTransport(name: string, setup: Setup): void {
  describe(name, () => {
    const world = worldFor(setup);
    describeValues(world);
    describeErrors(world);
    describeDeadlines(world);
    describeCancellation(world);
    describeLimits(world);
    describeItems(world);
    describeBlobs(world);
    describeConnections(world);
    describeRetries(world);
    describeDrains(world);
    describeInstances(world);
    describeStreams(world);
    describeStreamEnds(world);
    describeStreamFailures(world);
    describeStreamEdges(world);
    describeStreamSources(world);
    describeStreamLimits(world);
    describeStreamLeftovers(world);
    describeHostileStreamClients(world);
    describeHostileStreamServers(world);
    describeCallbacks(world);
    describeDoors(world);
    describeDoorHolders(world);
    describeOtherDoors(world);
    describeReverseStreams(world);
    describeHostileDoors(world);
    describePretenders(world);
    describeLargeData(world);
    describeWaitingBlobs(world);
    describeUnreceived(world);
    describeSurroundings(world);
  });
}
