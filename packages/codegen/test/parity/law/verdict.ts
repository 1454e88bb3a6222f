import { difference, type Sameness } from './same.js';

/** What a schema, or a codec in its place, says to a value. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly issues: readonly unknown[] }
  /** Code of the contract, or zod itself, threw. */
  | { readonly kind: 'threw'; readonly error: string };

/** What the law looks at of a schema. */
export interface Judge {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: readonly unknown[] } };
}

/** zod's own verdict. */
export function judge(schema: Judge, value: unknown): Verdict {
  try {
    const result = schema.safeParse(value);
    return result.success
      ? { kind: 'accepted', value: result.data }
      : { kind: 'refused', issues: result.error.issues };
  } catch (error) {
    return { kind: 'threw', error: error instanceof RangeError ? error.name : String(error) };
  }
}

/** How one verdict differs from another, as a sentence; undefined when they are equal. */
export function verdictDifference(
  expected: Verdict,
  actual: Verdict,
  sameness?: Sameness,
): string | undefined {
  if (expected.kind !== actual.kind) return `${sentence(expected)} expected, but ${sentence(actual)}`;
  if (expected.kind === 'accepted' && actual.kind === 'accepted') {
    return difference(expected.value, actual.value, sameness);
  }
  if (expected.kind === 'refused' && actual.kind === 'refused') {
    return difference(expected.issues, actual.issues, sameness, 'issues');
  }
  if (expected.kind === 'threw' && actual.kind === 'threw') {
    return difference(expected.error, actual.error, sameness, 'error');
  }
  return undefined;
}

function sentence(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'accepted':
      return 'accepted';
    case 'refused':
      return `refused with ${JSON.stringify(verdict.issues, (_, item) => (typeof item === 'bigint' ? `${item}n` : item))}`;
    default:
      return `threw ${verdict.error}`;
  }
}
