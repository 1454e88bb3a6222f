import { Measurements as MeasurementsOf } from '../measurements.js';
import type { ScenarioName } from './scenarios/index.js';

/** What one measure shows in one round: medians over its turns. */
export interface Figures {
  /** Over all turns. */
  operations: number;
  perSecond: number;
  /** Median time of one operation; absent where they overlap. */
  p50Us?: number;
}

/** Something that was asked for and not measured. */
export interface Gap {
  measure: string;
  scenario: ScenarioName;
  round: number;
  reason: string;
}

/** What was measured in each scenario. */
export class Measurements extends MeasurementsOf<ScenarioName, Figures, Gap> {}
