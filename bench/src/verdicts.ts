/** What became of a run's targets, whatever they demand. */

export interface Verdict {
  /** The demand in words. */
  target: string;
  outcome: 'met' | 'missed' | 'not measured' | 'not in this run';
  /** The median over the rounds; absent when nothing was measured. */
  value?: number;
}

/** Whether a run with these verdicts may pass: something was judged, and nothing missed or lost. */
export function passes(verdicts: readonly Verdict[]): boolean {
  const judged = verdicts.filter(({ outcome }) => outcome !== 'not in this run');
  return judged.length > 0 && judged.every(({ outcome }) => outcome === 'met');
}

/** What to tell the person whose run did not pass; undefined when it did. */
export function complaint(verdicts: readonly Verdict[]): string | undefined {
  if (passes(verdicts)) return undefined;
  const failed = verdicts.filter(({ outcome }) => outcome === 'missed' || outcome === 'not measured');
  if (failed.length === 0) return 'No target was judged: this run leaves out one side of each.\n';
  const lines = failed.map(({ target, outcome, value }) => {
    return `  ${outcome}: ${target}${value === undefined ? '' : ` (measured ${value.toPrecision(3)})`}\n`;
  });
  return `Targets not reached:\n${lines.join('')}`;
}
