import { InvalidArgumentError } from 'commander';

/** The options of `doorcall bench`, as commander parses them. Times are in ms. */
export interface BenchOptions {
  readonly method?: string;
  readonly input?: string;
  readonly concurrency?: number;
  readonly connections: number;
  readonly requests?: number;
  readonly duration?: number;
  readonly warmUp?: number;
  readonly rate?: number;
  readonly arrivals?: 'uniform' | 'poisson';
  readonly seed?: number;
  readonly sync?: true;
  readonly timeout: number;
  readonly directory?: string;
  readonly instance?: string;
  readonly serverUid?: number | 'any';
  readonly connectTimeout: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly json?: string;
  readonly html?: string;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `500ms`, `1.5s`, `2m`, `1h`. */
export function durationMs(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (!(ms > 0)) throw new InvalidArgumentError('It has to be a time such as 500ms, 10s or 2m.');
  return ms;
}

/** The same, or 0 for none. */
export function durationOrNone(text: string): number {
  return text === '0' ? 0 : durationMs(text);
}

export function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It has to be a whole number of at least 1.');
}

export function rate(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.001) return value;
  throw new InvalidArgumentError('It has to be a number of calls a second, such as 5000.');
}

export function integer(text: string): number {
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It has to be a whole number.');
}

export function uid(text: string): number | 'any' {
  if (text === 'any') return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It has to be a uid, or 'any'.");
}

/** One `key=value`; an option that may be repeated. */
export function metadata(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key = '', value = ''] = /^([a-z0-9][a-z0-9._-]*)=(.*)$/s.exec(text) ?? [];
  if (key === '')
    throw new InvalidArgumentError("It has to be key=value; a key is of a-z, 0-9, '.', '_', '-'.");
  return { ...before, [key]: value };
}
