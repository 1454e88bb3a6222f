/** Parts of the printed report that several suites have. */
import { newTable } from './table.js';
import type { Verdict } from './verdicts.js';

/** Something that was asked for and not measured. */
export interface GapLine {
  contestant: string;
  subject: string;
  /** Absent when it cannot be measured at all. */
  round?: number;
  reason: string;
}

/** One line for each contestant and reason, however many rounds and subjects it cost; empty without gaps. */
export function gapList(gaps: readonly GapLine[]): string {
  if (gaps.length === 0) return '';
  const places = new Map<string, Set<string>>();
  for (const { contestant, subject, reason, round } of gaps) {
    const line = `${contestant}: ${reason}`;
    const where = round === undefined ? subject : `${subject} (round ${round + 1})`;
    places.set(line, (places.get(line) ?? new Set()).add(where));
  }
  const lines = [...places].map(([line, where]) => `  ${line}\n    in ${[...where].join(', ')}`);
  return `Not measured\n${lines.join('\n')}`;
}

/** The verdicts of what was in this run; empty when that is nothing. */
export function targetTable(verdicts: readonly Verdict[], note: string): string {
  const judged = verdicts.filter(({ outcome }) => outcome !== 'not in this run');
  if (judged.length === 0) return '';
  const table = newTable(['target', 'measured', 'outcome']);
  for (const { target, value, outcome } of judged) {
    table.push([target, value === undefined ? '' : value.toPrecision(3), outcome]);
  }
  return `Targets (${note})\n${table}`;
}
