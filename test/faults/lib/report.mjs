// Turns the groups of a campaign into figures, and figures into lines.
import { percentile } from './judge.mjs';

/**
 * @param groups of campaign()
 * @returns {{
 *   seed: number, seconds: number, leftOut: number, kills: number, stops: number, violations: number, unreached: number,
 *   rows: { violations: string[], unreached: string[] }[]
 * }}
 */
export function figuresOf(groups, { seed, seconds }) {
  const rows = groups.map(({ side, kind, places, missing, results, violations, lanes }) => {
    const kills = results.filter(({ action, fired }) => action === 'kill' && fired);
    const stops = results.filter(({ action, fired }) => action === 'stop' && fired);
    const reached = new Set([...kills, ...stops].map(({ place }) => place));
    const tried = new Set(results.map(({ place }) => place));
    const unreached =
      kind === 'failpoint' ? [...missing, ...[...tried].filter((place) => !reached.has(place))] : [];
    return {
      side,
      kind,
      places: places.size,
      reached: reached.size,
      rounds: results.length,
      kills: kills.length,
      stops: stops.length,
      delays: delaysOf(kills.flatMap(({ delaysMs }) => delaysMs)),
      bystander: together(lanes.flatMap(({ bystander }) => bystander ?? [])),
      unreached,
      violations,
      byPlace: countsBy(kills),
    };
  });
  const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
  return {
    seed,
    seconds,
    leftOut: groups.reduce((total, { leftOut = 0 }) => total + leftOut, 0),
    rows,
    kills: sum((row) => row.kills),
    stops: sum((row) => row.stops),
    violations: sum((row) => row.violations.length),
    unreached: sum((row) => row.unreached.length),
  };
}

/** What the other clients of all lanes have met. */
function together(reports) {
  if (reports.length === 0) return undefined;
  return {
    calls: reports.reduce((sum, { calls }) => sum + calls, 0),
    errors: reports.flatMap(({ errors }) => errors),
    longestMs: Math.max(...reports.map(({ longestMs }) => longestMs)),
  };
}

function delaysOf(values) {
  const round = (value) => (value === undefined ? undefined : Math.round(value * 10) / 10);
  return {
    calls: values.length,
    p50Ms: round(percentile(values, 0.5)),
    p99Ms: round(percentile(values, 0.99)),
    longestMs: round(percentile(values, 1)),
  };
}

function countsBy(results) {
  const counts = {};
  for (const { place } of results) counts[place] = (counts[place] ?? 0) + 1;
  return counts;
}

/** A run has shown something when it killed or stopped, nothing was violated, and every failpoint was reached. */
export const isGood = ({ kills, stops, violations, unreached }) =>
  kills + stops > 0 && violations === 0 && unreached === 0;

const SHOWN_VIOLATIONS = 40;

export function linesOf(figures) {
  const lines = [
    '',
    'killed side  places            reached  kills  stops  told after the kill (ms): p50    p99  longest  calls',
  ];
  for (const { side, kind, places, reached, kills, stops, delays } of figures.rows) {
    const what = kind === 'failpoint' ? `${places} failpoints` : `${places} system calls`;
    const { p50Ms = '-', p99Ms = '-', longestMs = '-', calls } = delays;
    lines.push(
      `${side.padEnd(12)} ${what.padEnd(16)} ${pad(reached, 8)} ${pad(kills, 6)} ${pad(stops, 6)} ` +
        `${pad(p50Ms, 29)} ${pad(p99Ms, 6)} ${pad(longestMs, 8)} ${pad(calls, 6)}`,
    );
  }
  for (const { bystander, kind } of figures.rows) {
    if (bystander === undefined) continue;
    const { calls, errors, longestMs } = bystander;
    lines.push(
      `other clients (${kind}s): ${calls} calls, ${errors.length} errors, longest ${longestMs.toFixed(1)} ms`,
    );
  }
  const violations = figures.rows.flatMap((row) => row.violations);
  for (const text of violations.slice(0, SHOWN_VIOLATIONS)) lines.push(`VIOLATION ${text}`);
  if (violations.length > SHOWN_VIOLATIONS) lines.push(`… and ${violations.length - SHOWN_VIOLATIONS} more`);
  for (const { side, unreached } of figures.rows) {
    for (const name of unreached) lines.push(`NEVER REACHED by a ${side}: ${name}`);
  }
  if (figures.leftOut > 0) lines.push(`time was up: ${figures.leftOut} rounds were left out`);
  lines.push(
    `${figures.kills} kills, ${figures.stops} stops, ${figures.violations} violations, ` +
      `${figures.unreached} failpoints never reached; seed ${figures.seed}, ${Math.round(figures.seconds)} s`,
  );
  return lines;
}

const pad = (value, width) => String(value).padStart(width);
