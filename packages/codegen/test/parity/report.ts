import type { ParityCounts } from './run.js';

/** A line that says what a run did. */
export function noteOf(seed: number, counts: Readonly<ParityCounts>): string {
  const share = (part: number, whole: number): string => `${Math.round((100 * part) / Math.max(whole, 1))} %`;
  return (
    `parity: seed ${seed}, ${counts.cases} cases of ${counts.schemas} schemas; ` +
    `accepted ${share(counts.accepted, counts.cases)} (by generated code alone ` +
    `${share(counts.acceptedDirectly, counts.accepted)}), refused ${share(counts.refused, counts.cases)}, ` +
    `threw ${counts.threw}, cannot travel ${counts.cannotTravel}, outputs ${counts.outputs} ` +
    `(by generated code alone ${share(counts.outputsDirectly, counts.outputs)})`
  );
}
