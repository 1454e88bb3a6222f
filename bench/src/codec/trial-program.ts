/** The process of one contestant for one round. */
import { obey } from '../processes/obey.js';
import type { TrialCommands } from './commands.js';
import type { RoundTrip } from './contestant.js';
import { loadContestant } from './contestants.js';
import { payloads } from './payloads/index.js';
import { encodeMs, roundTripMs, settleMs, warmUpMs } from './timing.js';
import { check, timeEncode, timeRoundTrip } from './trial.js';

let roundTrips: Readonly<Record<string, RoundTrip>>;

obey<TrialCommands>({
  async prepare({ contestant: name }) {
    const contestant = await loadContestant(name);
    roundTrips = contestant.prepare(payloads);
    return null;
  },
  check: ({ payload }) => check(payloads[payload], roundTrips[payload]!),
  warmUp({ payload }) {
    run(payload, warmUpMs / 2, warmUpMs / 2);
    return null;
  },
  measure({ payload }) {
    run(payload, settleMs, 0);
    return run(payload, roundTripMs, encodeMs);
  },
});

function run(payload: keyof typeof payloads, roundTripWindowMs: number, encodeWindowMs: number) {
  const { variants } = payloads[payload];
  const roundTrip = roundTrips[payload]!;
  const totalNs = timeRoundTrip(variants, roundTrip, roundTripWindowMs);
  const encodeNs = timeEncode(variants, roundTrip, encodeWindowMs);
  return { encodeNs, totalNs };
}
