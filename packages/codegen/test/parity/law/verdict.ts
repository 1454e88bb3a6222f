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
      : { kind: 'refused', issues: result.error.issues.map(worded) };
  } catch (error) {
    return { kind: 'threw', error: error instanceof RangeError ? error.name : String(error) };
  }
}

/**
 * An issue without what zod keeps of the input as it was, before anything was stripped: the key of an invalid element
 * of a Map. What is told to the caller of a method are path and message.
 */
function worded(issue: unknown): unknown {
  if (Array.isArray(issue)) return issue.map(worded);
  if (typeof issue !== 'object' || issue === null) return issue;
  const { errors, issues, ...rest } = issue as {
    errors?: unknown;
    issues?: unknown;
    code?: unknown;
    key?: unknown;
  };
  if (rest.code === 'invalid_element') delete rest.key;
  return {
    ...rest,
    ...(errors === undefined ? {} : { errors: worded(errors) }),
    ...(issues === undefined ? {} : { issues: worded(issues) }),
  };
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
