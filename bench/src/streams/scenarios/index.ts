import type { Party, Scenario } from '../party.js';
import { blob1m, blob64m } from './hand-over.js';
import { inline64k } from './inline64k.js';
import { stream64k } from './stream64k.js';
import { stream100 } from './stream100.js';
import { blobWhole1m } from './whole-blob.js';

export const scenarios = { stream100, stream64k, inline64k, blob1m, blob64m, blobWhole1m } as const;
export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

export function partiesOf(scenario: ScenarioName): Readonly<Record<string, Party>> {
  return (scenarios[scenario] as Scenario).parties;
}

/** @throws when the scenario has no such party */
export function partyOf(scenario: ScenarioName, name: string): Party {
  const party = partiesOf(scenario)[name];
  if (party === undefined) throw new Error(`${scenario} has no party ${name}`);
  return party;
}

/** Names of all that is measured in a scenario, in the order of its parties. */
export function measuresOf(scenario: ScenarioName): string[] {
  return Object.values(partiesOf(scenario)).flatMap(({ measures }) => Object.keys(measures));
}

/** Bytes of payload of one operation of a measure; undefined where there is none. */
export function payloadOf(scenario: ScenarioName, measure: string): number | undefined {
  const isWithout = Object.values(partiesOf(scenario)).some(
    ({ withoutPayload }) => withoutPayload?.includes(measure) === true,
  );
  return isWithout ? undefined : scenarios[scenario].bytes;
}
