// The server's side: resident, or to be killed.
import { subscribe } from 'node:diagnostics_channel';
import { serve } from '@doorcall/core';
import { drained, faults } from './contract.mjs';
import { makeHandlers, WINDOW_ITEMS } from './handlers.mjs';
import { now, openJournal } from './journal.mjs';
import { point } from './point.mjs';

const interceptors = [
  async (_call, next) => {
    point('server.program.handling');
    return next();
  },
];

/** Answers above this size wait for space and go in pieces. */
const RING_BYTES = 16 * 1024;

/**
 * @param plan directory; executions and journal: files; second: also serve what is drained now and then
 * @returns what the process is told to do next
 */
export async function startServing({ directory, executions, journal, second }) {
  const note = openJournal(journal);
  subscribe('doorcall:server:connection', ({ service, state, peer }) => {
    if (state !== 'draining') note('c', peer.pid, state, service, now());
  });
  const options = {
    directory,
    interceptors,
    logger: false,
    ringBytes: RING_BYTES,
    acceptFds: true,
    limits: { streamWindowItems: WINDOW_ITEMS },
  };
  const executed = openJournal(executions);
  let other;
  let draining = Promise.resolve();
  const drainOther = () => {
    draining = draining.then(async () => {
      await other.drain({ timeoutMs: 10_000 });
      other = await serve(drained, handlers, options);
    });
    return draining;
  };
  const handlers = makeHandlers(executed, note, drainOther);
  if (second) other = await serve(drained, handlers, options);
  const server = await serve(faults, handlers, options);

  return {
    /** Ends in good order; calls that never end are cut off. */
    async drain() {
      point('server.program.draining');
      await server.drain({ timeoutMs: 100 });
      point('server.program.drained');
      process.exit(0);
    },
    stats: () => ({ ...server.stats(), cpu: process.cpuUsage() }),
  };
}
