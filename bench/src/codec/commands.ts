import type { PayloadName } from './payloads/index.js';

/** What the runner asks of a contestant's process. */
export type TrialCommands = {
  prepare: { argument: { contestant: string }; result: null };
  /** Answers with the encoded size of each variant, in bytes. */
  check: { argument: { payload: PayloadName }; result: number[] };
  warmUp: { argument: { payload: PayloadName }; result: null };
  measure: { argument: { payload: PayloadName }; result: Turn };
};

/** Mean times of one turn, in ns for one value. */
export interface Turn {
  encodeNs: number;
  /** To encode, decode and validate. */
  totalNs: number;
}
