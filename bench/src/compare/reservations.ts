/** What a reader of a comparison has to know before the figures. */
import type { Environment } from '../environment.js';
import type { LabResults } from '../lab/results.js';
import { reservation } from '../lab/statistics/bootstrap.js';
import type { Comparison } from './compare.js';

type Runs = readonly [before: LabResults, after: LabResults];

/** Without commit, load and date, which differ between all runs. */
const machine = {
  cpu: 'processor',
  cores: 'number of processors',
  kernel: 'kernel',
  node: 'Node',
  governor: 'frequency governor',
  virtualisation: 'virtualisation',
} as const satisfies Partial<Record<keyof Environment, string>>;

/** `processor: A before, B after` for each property in which the machines differ. */
export function machineDifferences([before, after]: Runs): string[] {
  return Object.entries(machine).flatMap(([key, words]) => {
    const [one, other] = [before, after].map(({ environment }) => environment[key as keyof typeof machine]);
    return one === other ? [] : [`${words}: ${one ?? 'unknown'} before, ${other ?? 'unknown'} after`];
  });
}

/** `undici: undici 7.30.2 before, undici 7.31.0 after` for each transport that is not the same any more. */
export function versionDifferences([before, after]: Runs): string[] {
  return Object.entries(before.transports).flatMap(([name, { version }]) => {
    const other = after.transports[name]?.version;
    return other === undefined || other === version ? [] : [`${name}: ${version} before, ${other} after`];
  });
}

/** Why a run is less than it seems. */
export function runReservations([before, after]: Runs): string[] {
  return (
    [
      ['before', before],
      ['after', after],
    ] as const
  ).flatMap(([when, { noise, interrupted }]) => [
    ...(interrupted ? [`The run ${when} was interrupted: it is a part.`] : []),
    ...(noise.trusted
      ? []
      : [`The run ${when} says of itself not to be trusted: ${noise.reasons.join('; ')}.`]),
  ]);
}

/** What few rounds are worth; empty with enough of them. */
export function roundReservations(comparisons: readonly Comparison[]): string[] {
  const words = comparisons.flatMap(({ slowdown }) => reservation(slowdown) ?? []);
  return [...new Set(words)];
}
