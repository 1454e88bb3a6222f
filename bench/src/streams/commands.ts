import type { Sample } from './party.js';
import type { ScenarioName } from './scenarios/index.js';

interface PartyName {
  scenario: ScenarioName;
  party: string;
  /** Private to the party. */
  directory: string;
}

/** What the runner asks of a party's processes. */
export type PartyCommands = {
  serve: { argument: PartyName; result: null };
  connect: { argument: PartyName; result: null };
  /** Runs for `settleMs` unmeasured, then for `durationMs`. */
  measure: { argument: { measure: string; settleMs: number; durationMs: number }; result: Sample };
};
