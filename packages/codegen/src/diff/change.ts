/** Who may stop working when a contract changes. */
export const AFFECTED = ['old-client', 'old-server', 'client-code'] as const;

/**
 * One of {@link AFFECTED}. `old-client`: a running client of the old contract that calls a server of the new one.
 * `old-server`: a running server of the old contract that is called by a client of the new one. `client-code`: source
 * code that calls the service, or serves its callbacks, and was written against the old types.
 */
export type Affected = (typeof AFFECTED)[number];

/** That somebody stops working, and why. */
export interface Break {
  readonly who: Affected;
  readonly why: string;
}

/** How bad a change is; the worst of what it breaks. */
export const CHANGE_KINDS = ['wire-breaking', 'source-breaking', 'compatible'] as const;

/**
 * One of {@link CHANGE_KINDS}. `wire-breaking`: calls that worked are refused or misread between an old and a new
 * process. `source-breaking`: calling code no longer compiles. `compatible`: neither.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One difference between two contracts. */
export interface Change {
  readonly kind: ChangeKind;
  readonly service: string;
  /** Absent when it is about the service as a whole. */
  readonly method?: string;
  /** Absent when it is about the method as a whole. */
  readonly side?: 'input' | 'output' | 'error';
  /** With side `error`: which declared error. */
  readonly reason?: string;
  /** Where in the schema of that side, for example `items[].price`; empty for all of it. */
  readonly path: string;
  readonly message: string;
  /** Empty for a compatible change. */
  readonly breaks: readonly Break[];
}

/** The class of a change that breaks that much. */
export function kindOf(breaks: readonly Break[]): ChangeKind {
  if (breaks.some(({ who }) => who !== 'client-code')) return 'wire-breaking';
  return breaks.length > 0 ? 'source-breaking' : 'compatible';
}
