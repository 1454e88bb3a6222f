import { Fit, type FitRules, type MethodKind, type ShapeNode } from '@doorcall/core/contract';
import type { Affected } from './change.js';
import { implied } from './checks.js';

/** Somebody whose calls go on working as long as shapes fit in one direction. */
export interface Party {
  readonly who: Affected;
  /**
   * Why it stops working when shape `a` becomes shape `b`; undefined when it does not.
   * @param shapes the table of both
   * @param key the key that both are about, when they are objects of that key alone
   */
  whyNot(shapes: readonly ShapeNode[], a: number, b: number, key?: string): string | undefined;
}

/** What travels in a method: a client's input, or what a server answers with. */
export type Direction = 'input' | 'output';

/**
 * Who relies on what travels in one direction.
 *
 * Core's `Fit` decides about each of them. A client that runs relies on every value that it may send being taken, as
 * before, so nothing is left to the server's validation and nothing to doubt. A new client at an old server fails
 * only where core's `judge` refuses the method: the values that worked go on working.
 */
export function partiesOf(direction: Direction, kind: MethodKind): readonly Party[] {
  const noDoubt = { noDoubt: true };
  if (direction === 'input') {
    return [
      party('old-client', 'request', 'forward', ['client sends', 'server takes'], {
        ...noDoubt,
        implies: implied,
      }),
      party('old-server', 'request', 'backward', ['client sends', 'server takes'], {
        someValues: kind !== 'oneway',
      }),
      party('client-code', 'request', 'forward', ['old code passes', 'the new type wants'], noDoubt),
    ];
  }
  return [
    party('old-client', 'answer', 'backward', ['server answers', 'client expects'], noDoubt),
    party('old-server', 'answer', 'forward', ['server answers', 'client expects'], noDoubt),
    party('client-code', 'answer', 'backward', ['the new type has', 'old code expects'], noDoubt),
  ];
}

function party(
  who: Affected,
  side: 'request' | 'answer',
  sense: 'forward' | 'backward',
  [sends, takes]: readonly [string, string],
  rules: FitRules,
): Party {
  return {
    who,
    whyNot(shapes, a, b, key) {
      const fit = new Fit(shapes, shapes, sends, takes, side, rules);
      if (sense === 'forward') fit.compare(a, b, '');
      else fit.compare(b, a, '');
      const prefix = key === undefined ? ': ' : `.${key}: `;
      const [first] = fit.differences;
      return first?.startsWith(prefix) ? first.slice(prefix.length) : first;
    },
  };
}
