import type { SoakResult, Step } from '../result.js';

const number = (value: number) => value.toLocaleString('en');

/** The result in words, one line each: the terminal's version, and the page's first paragraph. */
export function sentencesOf(result: SoakResult): string[] {
  const { totals, happenings, drift, rssSlope, violationCount } = result;
  const counts = new Map<string, number>();
  for (const { what } of happenings) counts.set(what, (counts.get(what) ?? 0) + 1);
  const disturbances = [...counts].map(([what, count]) => `${what} ${count} ×`).join(', ');
  const failures = Object.entries(result.failures)
    .map(([code, count]) => `${code} ${number(count)}`)
    .join(', ');
  return [
    `${number(totals.begun)} calls in ${number(result.seconds)} s${result.interrupted ? ' (interrupted)' : ''}: ` +
      `${number(totals.succeeded)} succeeded, ${number(totals.sent)} were one-way, ${number(totals.failed + totals.notExecuted)} failed` +
      `${failures === '' ? '' : ` (${failures})`}, ${number(totals.abandoned)} ended with their client.`,
    `${happenings.length} disturbances${disturbances === '' ? '' : `: ${disturbances}`}; ` +
      `${result.pressed ? 'CPU and memory under pressure by turns' : 'no pressure on CPU and memory'}.`,
    ...(drift.length === 0
      ? []
      : [
          `p99 in calm steps, first third → last third: ${drift
            .map(({ kind, first, last }) => `${kind} ${milliseconds(first)} → ${milliseconds(last)}`)
            .join(', ')}.`,
        ]),
    ...heldBy(result.steps),
    ...(rssSlope === null
      ? []
      : [
          `Memory of the server that lived throughout, second half: ${rssSlope >= 0 ? '+' : ''}${rssSlope} MiB/h.`,
        ]),
    violationCount === 0
      ? 'No violation: every call is accounted for once, nothing was executed twice, what has an order kept it, and nothing was left open.'
      : `${number(violationCount)} VIOLATIONS.`,
  ];
}

/** Memory and descriptors of each process, as the first and the last step have seen them in its place. */
function heldBy(steps: readonly Step[]): string[] {
  const places = [...new Set(steps.flatMap(({ samples }) => Object.keys(samples)))].sort();
  const parts = places.map((place) => {
    const seen = steps.flatMap(({ samples }) => samples[place] ?? []);
    const [first, last] = [seen.at(0), seen.at(-1)];
    return `${place} ${first?.rssMiB} → ${last?.rssMiB} MiB, ${first?.fds} → ${last?.fds}`;
  });
  return parts.length === 0
    ? []
    : [`Memory (RSS) and open descriptors, first → last step: ${parts.join('; ')}.`];
}

const milliseconds = (us: number) => `${us < 10_000 ? (us / 1_000).toFixed(1) : Math.round(us / 1_000)} ms`;

export function summaryOf(result: SoakResult): string {
  return `\n${[...sentencesOf(result), ...result.violations.map((words) => `  ${words}`)].join('\n')}\n`;
}
