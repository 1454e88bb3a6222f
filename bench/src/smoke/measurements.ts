import { Measurements as MeasurementsOf } from '../measurements.js';
import type { Figures } from './figures.js';
import type { ScenarioName } from './scenarios.js';

/** What was measured of each transport and scenario. */
export class Measurements extends MeasurementsOf<ScenarioName, Figures, Gap> {}

/** Something that was asked for and not measured. */
export interface Gap {
  transport: string;
  scenario: ScenarioName;
  /** Absent when the transport cannot take part in the scenario at all. */
  round?: number;
  reason: string;
}
