/** The outcome of a lab run for a person at a terminal. */

import { verdictLine } from '../noise.js';
import { gapList } from '../report-text.js';
import { environmentLine } from '../table.js';
import { generatorNotes } from './generator-notes.js';
import type { FigureName, LabResults } from './results.js';
import { pointWords, roundsIn } from './run.js';
import { figureHeads, suiteTables } from './suite-tables.js';

export function printLab(results: LabResults): string {
  const { environment, noise, rounds, transports, gaps, interrupted } = results;
  const parts = [
    environmentLine(environment),
    verdictLine(noise),
    interrupted
      ? `INTERRUPTED: in ${roundsIn(results.trials)} of ${rounds} rounds, of which the last is not whole.`
      : '',
    `${interrupted ? 'Medians of what there is' : `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`}; × is how many times worse than the first line, within each round.`,
  ];
  const names = [...new Set(results.trials.map(({ suite }) => suite))];
  for (const name of names) parts.push(...suiteTables(results, name));
  const less = Object.entries(transports).filter(([, { doesLess }]) => doesLess !== undefined);
  if (less.length > 0) {
    parts.push(
      `* does less than the others:\n${less.map(([name, { doesLess }]) => `  ${name}: ${doesLess}`).join('\n')}`,
    );
  }
  const remarks = Object.entries(transports).flatMap(([name, { remarks: own = {} }]) =>
    Object.entries(own).map(([figure, words]) => `  ${name}, ${figureHeads[figure as FigureName]}: ${words}`),
  );
  if (remarks.length > 0) parts.push(`Not as of the others:\n${remarks.join('\n')}`);
  const generator = generatorNotes(results.trials);
  if (generator.length > 0) {
    parts.push(`The generator of the open loops\n${generator.map((line) => `  ${line}`).join('\n')}`);
  }
  parts.push(
    gapList(
      gaps.map(({ suite, point, transport, round, figure, reason }) => ({
        contestant: transport,
        subject: [suite, point && pointWords(point), figure && figureHeads[figure]].filter(Boolean).join(' '),
        ...(round !== undefined && { round }),
        reason,
      })),
    ),
  );
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
