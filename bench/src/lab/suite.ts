/** What a suite of the lab is made of. */
import type { EncodedLatencies } from '@doorcall/load';
import type { FloorLoad, Trait } from '../transport.js';
import type { FigureName, Generator, Point, SuiteName, Trial } from './results.js';
import type { Layout, Stage } from './stage.js';

export interface Measured {
  readonly figures: Trial['figures'];
  /** That the percentiles are of. */
  readonly calls?: number;
  readonly latencies?: EncodedLatencies;
  readonly generator?: Generator;
  /** Figures that the suite gives and cannot this time. */
  readonly missing?: readonly { readonly figure: FigureName; readonly reason: string }[];
}

/** Whether the transport is capable of this. */
export type Can = (trait: Trait) => boolean;

export interface Suite {
  readonly name: SuiteName;
  /** What happens, in a line. */
  readonly summary: string;
  /** What transports are compared by. */
  readonly compareBy: FigureName;
  /** In the order of measuring. */
  readonly points: readonly Point[];
  /** What a transport must be capable of. */
  needs(point: Point): readonly Trait[];
  /** The processes in which a point is measured. Neighbours of the same layout share them, one after the other … */
  layout(point: Point): Layout;
  /** … unless this differs, too. */
  separately?(point: Point): unknown;
  /** The measured window is at least this long. */
  readonly minWindowMs?: number;
  /** @param windowMs how long the measured window shall be, `minWindowMs` at least */
  measure(stage: Stage, point: Point, windowMs: number, can: Can): Promise<Measured>;
  /** What the floor does at this point; without it, the floor takes no part. */
  floor?(point: Point): Pick<FloorLoad, 'bytes'> | undefined;
  /**
   * Whether the points after this one need not be tried.
   * @param rounds what was measured here, in earlier rounds and in this one
   */
  isLast?(point: Point, rounds: readonly Pick<Measured, 'figures' | 'generator'>[]): boolean;
}

/** The call of all suites in which size does not matter. */
export const orders = { content: { series: 'order' }, minCalls: 25 } as const;
