/** What takes part in a scenario: one or two processes, and what is measured on them. */

/** What one window of a measure has shown. */
export interface Sample {
  /** Messages, chunks or calls. */
  operations: number;
  elapsedMs: number;
  /** Median time of one operation; absent where they overlap. */
  p50Us?: number;
}

/** Does its work again and again for this time. */
export type Measure = (durationMs: number) => Promise<Sample>;

export interface Party {
  /** Name and one line for help and reports. Names are unique within a scenario. */
  readonly measures: Readonly<Record<string, string>>;
  /** Which of them carry no payload: what others are compared with. */
  readonly withoutPayload?: readonly string[];
  /** The server process; without it, one process does all. */
  serve?(directory: string): Promise<unknown>;
  /**
   * The client process: connects, proves that the right work is done, and gives the measures.
   * @throws when it is not
   */
  connect(directory: string): Promise<Readonly<Record<string, Measure>>>;
}

export interface Scenario {
  readonly summary: string;
  /** What the operations are, for tables. */
  readonly unit: 'messages' | 'chunks' | 'calls';
  /** Payload of one operation. */
  readonly bytes: number;
  /** Which figure the table compares by. */
  readonly compareBy: 'perSecond' | 'p50Us';
  readonly parties: Readonly<Record<string, Party>>;
}
