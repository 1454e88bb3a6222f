/** What the guard of the hot path measures. Why this: docs/decisions/0013-the-guard-compares-with-spinning-threads.md. */
import type { LabPlan } from '../lab/run.js';

/** Calls, and what they are held against: something that costs the same kind of work on any machine. */
export interface Guarded {
  readonly transport: string;
  readonly reference: string;
}

export const guarded: readonly Guarded[] = [
  { transport: 'doorcall-gen-sync', reference: 'references/spinning' },
  { transport: 'doorcall-gen', reference: 'references/turning' },
];

/** Of a run that is held against the committed one. */
export const guardRounds = 7;
/** Of the committed one, which every later run depends on. */
export const referenceRounds = 15;

/** How much slower is still the same. Noise, other machines and other versions of Node stay below. */
export const margin = 0.4;

/** The order of {@link guarded} on two CPUs of their own. */
export function guardPlan(rounds: number): LabPlan {
  return {
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    suites: ['placement'],
    transports: guarded.flatMap(({ transport, reference }) => [transport, reference]),
    rounds,
    windowMs: 200,
    placement: 'free',
    wants: ({ placement }) => placement === 'apart',
  };
}
