import { Measurements as MeasurementsOf } from '../measurements.js';
import type { PayloadName } from './payloads/index.js';

/** What one contestant shows with one payload in one round. */
export interface Figures {
  /** To encode one value. */
  encodeNs: number;
  /** To encode, decode and validate it. */
  totalNs: number;
  /** Encoded size of each variant, in bytes. */
  sizes: readonly number[];
}

/** Something that was asked for and not measured. */
export interface Gap {
  contestant: string;
  payload: PayloadName;
  round: number;
  reason: string;
}

/** What was measured of each contestant and payload. */
export class Measurements extends MeasurementsOf<PayloadName, Figures, Gap> {}
