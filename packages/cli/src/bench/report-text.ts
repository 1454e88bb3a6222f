import type { BenchResult } from './result.js';
import { count, perSecond, several, spanOfTime, time } from './words.js';

const BAR = '∎';
const WIDTH = 40;

/** The result for people, in the form that ghz has made known. */
export function reportText(result: BenchResult): string {
  const { remarks } = result;
  return [
    `${headline(result)}\n`,
    section('Summary', summary(result)),
    section('Response time histogram (each bin as many times as wide as the one above)', histogram(result)),
    section('Latency distribution', distribution(result)),
    section('Status code distribution', codes(result)),
    section('Error distribution', errors(result)),
    ...(remarks.length === 0 ? [] : [`${remarks.join('\n')}\n`]),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** What was done, in one line: `orders/place, 2 values: open loop, 5,000 calls a second for 10.0 s, …`. */
export function headline({ method, kind, values, load, connections, sync, warmUpMs }: BenchResult): string {
  const what = [
    method,
    ...(kind === 'unary' ? [] : [kind]),
    ...(values > 1 ? [several(values, 'value')] : []),
  ];
  const span = [
    ...(load.durationMs === undefined ? [] : [` for ${spanOfTime(load.durationMs)}`]),
    ...(load.requests === undefined ? [] : [`, ${several(load.requests, 'call')}`]),
  ].join('');
  const how =
    load.loop === 'closed'
      ? [`closed loop, ${load.concurrency} at a time${span}`]
      : [
          `open loop, ${perSecond(load.ratePerSecond)} calls a second${load.arrivals === 'poisson' ? ' by chance' : ''}${span}`,
          `up to ${count(load.maxInFlight)} in flight`,
        ];
  if (sync) how.push('synchronous');
  if (connections > 1) how.push(several(connections, 'connection'));
  if (warmUpMs > 0) how.push(`after ${spanOfTime(warmUpMs)} of warm-up`);
  return `${what.join(', ')}: ${how.join(', ')}`;
}

/** Name and figure; also what the page shows. */
export function summaryRows(result: BenchResult): readonly (readonly [name: string, figure: string])[] {
  const { calls, elapsedMs, withoutServerMs, latency, callsPerSecond, succeededPerSecond, items, generator } =
    result;
  const callingMs = elapsedMs - (withoutServerMs ?? 0);
  const figure = (us: number) => (latency.calls === 0 ? 'none' : time(us));
  return [
    ['Count', count(calls)],
    ['Total', time(elapsedMs * 1_000)],
    ...(withoutServerMs === undefined
      ? []
      : ([['Without a server', time(withoutServerMs * 1_000)]] as const)),
    ['Slowest', figure(latency.maxUs)],
    ['Fastest', figure(latency.minUs)],
    ['Average', figure(latency.meanUs)],
    ['Requests/sec', perSecond(callsPerSecond)],
    ...(calls === latency.calls ? [] : ([['Succeeded/sec', perSecond(succeededPerSecond)]] as const)),
    ...(items === undefined
      ? []
      : ([
          ['Items', count(items)],
          ['Items/sec', perSecond((items / callingMs) * 1_000)],
        ] as const)),
    ...(generator === undefined
      ? []
      : ([
          ['Due', count(generator.due)],
          ['Never started', count(generator.neverStarted)],
          [
            'Begun late by',
            `${time(generator.lateness.p50Us)} (p50), ${time(generator.lateness.p99Us)} (p99)`,
          ],
        ] as const)),
  ];
}

function summary(result: BenchResult): readonly string[] {
  const rows = summaryRows(result);
  const width = Math.max(...rows.map(([name]) => name.length)) + 3;
  return rows.map(([name, figure]) => `${`${name}:`.padEnd(width)}${figure}`);
}

function histogram({ histogram: bins }: BenchResult): readonly string[] {
  const most = Math.max(...bins.map((bin) => bin.count));
  const bounds = columns(bins.map(({ toUs }) => time(toUs)));
  const counts = bins.map((bin) => `[${count(bin.count)}]`);
  const width = Math.max(...counts.map((text) => text.length));
  return bins.map((bin, index) => {
    // Whatever there is, is to be seen.
    const length = bin.count === 0 ? 0 : Math.max(1, Math.round((bin.count / most) * WIDTH));
    return `${bounds[index]} ${(counts[index] ?? '').padEnd(width)} |${BAR.repeat(length)}`;
  });
}

function distribution({ percentiles, latency }: BenchResult): readonly string[] {
  if (latency.calls === 0) return [];
  const times = columns(percentiles.map(({ us }) => time(us)));
  return percentiles.map(({ percent }, index) => `${String(percent).padStart(4)} % in ${times[index]}`);
}

function codes({ counts }: BenchResult): readonly string[] {
  const width = Math.max(0, ...Object.keys(counts).map((code) => code.length)) + 4;
  return Object.entries(counts).map(
    ([code, number]) => `${`[${code}]`.padEnd(width)}${several(number, 'call')}`,
  );
}

function errors({ errors: list }: BenchResult): readonly string[] {
  const counts = columns(list.map((error) => `[${count(error.count)}]`));
  return list.map(({ code, message }, index) => `${counts[index]} ${code}: ${message}`);
}

/** To the right. */
function columns(texts: readonly string[]): readonly string[] {
  const width = Math.max(0, ...texts.map((text) => text.length));
  return texts.map((text) => text.padStart(width));
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
