/** `12,345` */
export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** A rate: whole where it is large. */
export function perSecond(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** A time to three digits, in the unit that suits it. */
export function time(us: number): string {
  if (us < 1) return `${(us * 1_000).toFixed(0)} ns`;
  if (us < 999.5) return `${threeDigits(us)} µs`;
  if (us < 999_500) return `${threeDigits(us / 1_000)} ms`;
  return us < 90e6 ? `${threeDigits(us / 1e6)} s` : `${(us / 60e6).toFixed(1)} min`;
}

/** A time that was asked for: `10 s`, `1.5 s`. */
export function spanOfTime(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 90_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** `1 call`, `2 calls` */
export function several(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}
