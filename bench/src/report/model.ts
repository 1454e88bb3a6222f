/** What the page shows, with all figures computed: what the browser draws, and what the tables beside it hold. */
import type { FigureName } from '../lab/results.js';

export type Kind = 'ours' | 'peer' | 'floor';

/** A transport in a run. */
export interface Series {
  /** Its place in {@link Model.series}. */
  readonly id: number;
  readonly transport: string;
  readonly kind: Kind;
  /** Its place in {@link Model.runs}. */
  readonly run: number;
  /** The transport, marked when it does less, and the run when there are several. */
  readonly name: string;
  readonly doesLess?: string;
  /** Which colour and symbol; the same for a transport in all runs. */
  readonly look: number;
}

/** A figure at a place: the median of the rounds. */
export interface Value {
  readonly x: number;
  readonly y: number;
  /** The interval's ends; absent when nothing is known of them, and for percentiles of all rounds together. */
  readonly low?: number;
  readonly high?: number;
}

export interface Line {
  readonly series: number;
  readonly values: readonly Value[];
  /** Why there is nothing at later places. */
  readonly endsBecause?: string;
}

/** One choice of what a plot shows. */
export interface View {
  readonly label: string;
  /** What the values are: `ratio` is a number times something. */
  readonly figure: FigureName | 'ratio';
  readonly lines: readonly Line[];
  /** A level to compare with. */
  readonly level?: { readonly y: number; readonly label: string };
  /** Places that have columns in the table; all of the axis if absent. */
  readonly columns?: readonly Tick[];
}

export interface Tick {
  readonly x: number;
  readonly label: string;
}

export interface Plot {
  readonly id: string;
  readonly title: string;
  /** What was done, and how to read it. */
  readonly words: string;
  /**
   * `lines` over an axis of numbers; `dots` and stacked `bars` with a row for each series, whose values' x are the
   * places of their parts among the ticks.
   */
  readonly shape: 'lines' | 'dots' | 'bars';
  readonly axis: { readonly label: string; readonly log: boolean; readonly ticks: readonly Tick[] };
  /** What is missing, and why. */
  readonly notes?: readonly string[];
  /** Shown one at a time; the first one first. */
  readonly views: readonly View[];
}

export interface Model {
  /** Labels. */
  readonly runs: readonly string[];
  readonly series: readonly Series[];
  readonly plots: readonly Plot[];
}
