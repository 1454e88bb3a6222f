/** Figures and points as a person reads them: in the terminal and in the page, so nothing here may need Node. */
import type { FigureName, Point, SuiteName } from './results.js';

/** What a figure is called, and its unit. */
export const figureWords: Readonly<Record<FigureName, string>> = {
  p50Us: 'p50',
  p90Us: 'p90',
  p99Us: 'p99',
  p999Us: 'p99.9',
  maxUs: 'slowest',
  meanUs: 'mean',
  callsPerSecond: 'calls/s',
  achievedPerSecond: 'calls/s achieved',
  cpuUsPerCall: 'CPU per call',
  clientCpuUsPerCall: 'client CPU per call',
  serverCpuUsPerCall: 'server CPU per call',
  contextSwitchesPerCall: 'context switches per call',
  idleCpuPercent: 'CPU while idle',
  memoryKiBPerConnection: 'memory per connection',
  connectAndCallMs: 'connecting with a first call',
  firstConnectAndCallMs: 'connecting with a first call, cold',
};

export const suiteWords: Readonly<Record<SuiteName, string>> = {
  latency: 'latency by payload',
  throughput: 'throughput by concurrency',
  openloop: 'latency against offered load',
  fanin: 'many clients on one server',
  mixed: 'small calls beside large ones',
  cost: 'what a call and a connection cost',
  handoff: 'beside compute-bound processes',
  chain: 'a chain of three services',
  placement: 'placement on processors',
};

/** Whether more of it is better; less is, of all others. */
export function largerIsBetter(figure: FigureName): boolean {
  return figure === 'callsPerSecond' || figure === 'achievedPerSecond';
}

/** With its unit, in three digits. */
export function formatFigure(figure: FigureName, value: number): string {
  if (figure.endsWith('PerSecond')) return `${formatRate(value)}/s`;
  if (figure.endsWith('Percent')) return `${threeDigits(value)} %`;
  if (figure === 'contextSwitchesPerCall') return threeDigits(value);
  if (figure === 'memoryKiBPerConnection') return `${threeDigits(value)} KiB`;
  return formatMicroseconds(figure.endsWith('Ms') ? value * 1_000 : value);
}

export function formatMicroseconds(us: number): string {
  const size = Math.abs(us);
  if (size >= 999_500) return `${threeDigits(us / 1_000_000)} s`;
  if (size >= 999.5) return `${threeDigits(us / 1_000)} ms`;
  return `${threeDigits(us)} µs`;
}

/** In three digits, as times are. */
export function formatRate(perSecond: number): string {
  return formatCount(Number(perSecond.toPrecision(3)));
}

/** Whole, in groups of three. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return Math.round(value).toString();
  if (size >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

export function formatBytes(bytes: number): string {
  if (bytes >= 1 << 20) return `${bytes / (1 << 20)} MiB`;
  if (bytes >= 1 << 10) return `${bytes / (1 << 10)} KiB`;
  return `${bytes} B`;
}

/** What was asked for, in the words of a table's cell: `typed, 64 B`. */
export function describePoint(point: Point): string {
  const { series, payloadBytes, concurrency, ratePerSecond, clients, busy, placement, beside } = point;
  return [
    // An order is what all calls without a payload make.
    series === 'order' ? undefined : series,
    payloadBytes === undefined ? undefined : formatBytes(payloadBytes),
    concurrency === undefined ? undefined : `${concurrency} in flight`,
    ratePerSecond === undefined ? undefined : `${formatCount(ratePerSecond)}/s`,
    clients === undefined ? undefined : `${clients} ${clients === 1 ? 'client' : 'clients'}`,
    busy === undefined ? undefined : `${busy} busy`,
    placement === undefined ? undefined : placementWords[placement],
    beside === undefined ? undefined : besideWords[beside],
  ]
    .filter((words) => words !== undefined)
    .join(', ');
}

export const placementWords = { free: 'free', same: 'on one CPU', apart: 'on one CPU each' } as const;
export const besideWords = { alone: 'alone', large: 'beside 1 MiB calls' } as const;
