/** How long what is run. */
export interface Timing {
  /** For each measure, before the first turn: the optimising compiler has finished with it. */
  readonly warmUpMs: number;
  /** Just before each turn: caches and waiting policies find their way back. */
  readonly settleMs: number;
  /** A turn's window; it contains collections of the young generation for whoever makes garbage. */
  readonly windowMs: number;
  /** Turns of each measure in a round. */
  readonly turns: number;
}

export const thorough: Timing = { warmUpMs: 600, settleMs: 30, windowMs: 250, turns: 4 };
/** For a first impression. */
export const quick: Timing = { warmUpMs: 60, settleMs: 5, windowMs: 40, turns: 2 };

/** A step that takes longer hangs. */
export const stepSeconds = 20;
