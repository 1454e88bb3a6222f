/** Why an open loop has no figures at some rates, although nothing failed. */
import { median } from '../stats.js';
import { formatCount, formatRate } from './figure-text.js';
import { type Gap, pointKey, type Trial } from './results.js';
import { type LabPlan, type Participant, placed } from './run.js';
import { suites } from './suites/index.js';

/** Points that a round has ended before, and another has measured: their medians are over fewer rounds. */
export function pointsNotTried(trials: readonly Trial[], gaps: readonly Gap[]): Gap[] {
  const ofSuites = trials.filter(({ suite }) => suites[suite].isLast !== undefined);
  const keyOf = ({ suite, transport, point }: Pick<Trial, 'suite' | 'transport' | 'point'>) =>
    `${suite} ${transport} ${pointKey(point)}`;
  const placeOf = (one: Pick<Trial, 'suite' | 'transport' | 'point'>, round: number | undefined) =>
    `${keyOf(one)} ${round}`;
  const known = new Set([
    ...ofSuites.map((trial) => placeOf(trial, trial.round)),
    ...gaps.flatMap(({ suite, transport, point, round }) =>
      point === undefined ? [] : [placeOf({ suite, transport, point }, round)],
    ),
  ]);
  const measured = new Map(ofSuites.map((trial) => [keyOf(trial), trial]));
  return [...measured.values()].flatMap(({ suite, transport, point }) => {
    const rounds = new Set(
      ofSuites.filter((one) => one.suite === suite && one.transport === transport).map(({ round }) => round),
    );
    return [...rounds]
      .filter((round) => !known.has(placeOf({ suite, transport, point }, round)))
      .map((round) => ({
        suite,
        transport,
        point,
        round,
        reason: 'a lower rate was not reached in this round',
      }));
  });
}

/**
 * Points that no round has tried, because the transport was saturated at a lower rate.
 *
 * @param participant with the points that were asked for
 */
export function pointsBeyondSaturation(
  { suite, name, points }: Pick<Participant, 'suite' | 'name' | 'points'>,
  plan: Pick<LabPlan, 'placement'>,
  trials: readonly Trial[],
): Gap[] {
  const own = trials.filter(({ suite: of, transport }) => of === suite.name && transport === name);
  const at = (point: Trial['point']) => own.filter((trial) => pointKey(trial.point) === pointKey(point));
  const asked = points.map((point) => placed(point, plan));
  const last = asked.findLastIndex((point) => at(point).length > 0);
  const rounds = last < 0 ? [] : at(asked[last]!);
  if (rounds.length === 0 || !(suite.isLast?.(asked[last]!, rounds) ?? false)) return [];
  const saturatedAt = asked[last]!.ratePerSecond!;
  const achieved = median(rounds.flatMap(({ figures }) => figures.achievedPerSecond ?? []));
  const reason = `saturated at ${formatCount(saturatedAt)}/s, of which it achieved ${formatRate(achieved)}/s`;
  return asked
    .slice(last + 1)
    .map((point) => ({ suite: suite.name, transport: name, point, reason, saturatedAt }));
}
