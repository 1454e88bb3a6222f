/** Where a percentile is not shown because too few calls lie beyond it, in words: in the terminal and in the page. */
import { describePoint, figureWords, formatCount } from './figure-text.js';
import { type FigureName, pointKey, type Trial } from './results.js';
import { byRound } from './statistics/cells.js';
import { callsNeeded, hasTooFew, leastBeyond } from './statistics/enough-calls.js';

/** More transports than these are counted, not named. */
const mostNamed = 4;

interface Place {
  readonly words: string;
  readonly transports: Map<string, number>;
}

/**
 * A line for each figure that is missing somewhere, with the number of calls there was.
 *
 * @param trials of one suite
 * @param figures that are shown
 */
export function fewCallsNotes(trials: readonly Trial[], figures: readonly FigureName[]): string[] {
  return [...new Set(figures)].flatMap((figure) => {
    const places = placesOf(trials, figure);
    if (places.length === 0) return [];
    const where = places.map(({ words, transports }) => {
      const text = `${countWords([...transports.values()])} of ${transportWords([...transports.keys()])}`;
      return words === '' ? text : `${words}: ${text}`;
    });
    const needed = `${leastBeyond} calls beyond it, so ${formatCount(callsNeeded(figure))} in a round`;
    return [`– ${figureWords[figure]} needs ${needed}: there were ${where.join('; ')}`];
  });
}

/** Whether this is why a figure is missing. */
export function isForFewCalls(trials: readonly Trial[], figure: FigureName): boolean {
  return byRound({ trials }, figure).size === 0 && trials.some((trial) => lacks(trial, figure));
}

const lacks = (trial: Trial, figure: FigureName) =>
  trial.figures[figure] !== undefined && hasTooFew(trial, figure);

/** Points, with the transports that no round gives the figure of, and the most calls that one of their rounds has. */
function placesOf(trials: readonly Trial[], figure: FigureName): Place[] {
  const places = new Map<string, Place>();
  const cells = new Map<string, Trial[]>();
  for (const trial of trials) {
    const key = `${pointKey(trial.point)} ${trial.transport}`;
    cells.set(key, [...(cells.get(key) ?? []), trial]);
  }
  for (const own of cells.values()) {
    if (!isForFewCalls(own, figure)) continue;
    const { point, transport } = own[0]!;
    const place = places.get(pointKey(point)) ?? { words: describePoint(point), transports: new Map() };
    place.transports.set(transport, Math.max(...own.map(({ calls = 0 }) => calls)));
    places.set(pointKey(point), place);
  }
  return [...places.values()];
}

function countWords(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`;
}

function transportWords(names: readonly string[]): string {
  return names.length > mostNamed ? `${names.length} transports` : names.join(', ');
}
