import { basename } from 'node:path';
import { fewCallsNotes } from '../lab/few-calls.js';
import type { FigureName, LabResults, MeasuredTransport, SuiteName } from '../lab/results.js';
import { type Interval, medianInterval } from '../lab/statistics/bootstrap.js';
import { byRound, type Cell, cellsOf } from '../lab/statistics/cells.js';
import type { Kind, Series, Value } from './model.js';

/** A file's run, its trials by what they measured. */
export interface Run {
  readonly file: string;
  /** What it is called on the page. */
  readonly label: string;
  readonly results: LabResults;
  /** By {@link cellKey}. */
  readonly cells: ReadonlyMap<string, Cell>;
}

export function runsOf(files: readonly { readonly file: string; readonly results: LabResults }[]): Run[] {
  const short = files.map(({ file }) => basename(file, '.json'));
  const unique = new Set(short).size === short.length;
  return files.map(({ file, results }, index) => ({
    file,
    label: unique ? short[index]! : file,
    results,
    cells: cellsOf(results),
  }));
}

const kinds: readonly Kind[] = ['ours', 'peer', 'floor'];

/** Every transport that was measured at all, ours first; runs of a transport side by side. */
export function seriesOf(runs: readonly Run[]): Series[] {
  const transports = new Map<string, MeasuredTransport>();
  for (const { results } of runs) {
    const measured = new Set(results.trials.map(({ transport }) => transport));
    for (const [name, transport] of Object.entries(results.transports)) {
      if (measured.has(name) && !transports.has(name)) transports.set(name, transport);
    }
  }
  const inOrder = kinds.flatMap((kind) => [...transports].filter(([, transport]) => transport.kind === kind));
  const series: Series[] = [];
  for (const [look, [transport, { kind }]] of inOrder.entries()) {
    for (const [run, { label, results }] of runs.entries()) {
      if (!results.trials.some((trial) => trial.transport === transport)) continue;
      const doesLess = results.transports[transport]?.doesLess;
      series.push({
        id: series.length,
        transport,
        kind,
        run,
        name: `${marked(transport, doesLess)}${runs.length > 1 ? ` · ${label}` : ''}`,
        ...(doesLess !== undefined && { doesLess }),
        look,
      });
    }
  }
  return series;
}

/** What the run measured of a transport in a suite. */
export function cellsIn({ cells }: Run, suite: SuiteName, transport: string): Cell[] {
  return [...cells.values()].filter((cell) => cell.suite === suite && cell.transport === transport);
}

/** Why percentiles of the suite are missing, where too few calls lie beyond them. */
export function missingNotes(
  runs: readonly Run[],
  suite: SuiteName,
  figures: readonly FigureName[],
): string[] {
  return runs.flatMap(({ label, results }) => {
    const trials = results.trials.filter((trial) => trial.suite === suite);
    return fewCallsNotes(trials, figures).map((note) => `${runs.length > 1 ? `${label}: ` : ''}${note}`);
  });
}

/** The offered rate at which the transport was saturated in the run, if it was. */
export function saturationIn({ results }: Run, suite: SuiteName, transport: string): number | undefined {
  return results.gaps.find(
    (gap) => gap.suite === suite && gap.transport === transport && gap.saturatedAt !== undefined,
  )?.saturatedAt;
}

/** The sign that stands beside every figure of a transport that does less than the others. */
export function marked(transport: string, doesLess: string | undefined): string {
  return doesLess === undefined ? transport : `${transport} *`;
}

/** The median of the rounds; undefined when none of them has the figure. */
export function figureOf(cell: Cell, figure: FigureName): Interval | undefined {
  const values = [...byRound(cell, figure).values()];
  return values.length === 0 ? undefined : medianInterval(values);
}

/** Whatever is drawn and tabled is in five digits: more would be a large page, and noise. */
export function valueAt(x: number, { median, low, high, rounds }: Interval): Value {
  const y = fiveDigits(median);
  return rounds === 1 ? { x, y } : { x, y, low: fiveDigits(low), high: fiveDigits(high) };
}

export const fiveDigits = (value: number) => Number(value.toPrecision(5));
