/** A process of one party, for one round: its server or its client. */
import { obey } from '../processes/obey.js';
import type { PartyCommands } from './commands.js';
import type { Measure } from './party.js';
import { partyOf } from './scenarios/index.js';

let measures: Readonly<Record<string, Measure>> = {};

obey<PartyCommands>({
  async serve({ scenario, party, directory }) {
    await partyOf(scenario, party).serve?.(directory);
    return null;
  },
  async connect({ scenario, party, directory }) {
    measures = await partyOf(scenario, party).connect(directory);
    return null;
  },
  async measure({ measure, settleMs, durationMs }) {
    const run = measures[measure];
    if (run === undefined) throw new Error(`no measure ${measure}`);
    if (settleMs > 0) await run(settleMs);
    return await run(durationMs);
  },
});
