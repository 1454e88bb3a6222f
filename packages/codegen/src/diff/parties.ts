import { Fit, type FitRules, type MethodKind, type ShapeNode } from '@doorcall/core/contract';
import type { Affected } from './change.js';
import { implied } from './checks.js';
import type { Roles } from './roles.js';

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

/** What travels in a method or callback: its caller's input, or what the callee answers with. */
export type Direction = 'input' | 'output';

/** A side of a method or callback. */
export interface Side {
  readonly direction: Direction;
  readonly kind: MethodKind;
  readonly roles: Roles;
}

/** Whether client code reads what travels there, and does not write it. */
export function clientReads({ direction, roles }: Side): boolean {
  return (direction === 'output') === (roles.caller === 'client');
}

/**
 * Who relies on what travels on one side.
 *
 * Core's `Fit` decides about each of them. A caller that runs relies on every value that it may send being taken, as
 * before, so nothing is left to the callee's validation and nothing to doubt. A new caller at an old callee fails
 * only where core's `judge` refuses the method: the values that worked go on working.
 */
export function partiesOf(side: Side): readonly Party[] {
  const { caller, callee, oldCaller, oldCallee } = side.roles;
  const noDoubt = { noDoubt: true };
  const code = clientReads(side)
    ? party('client-code', 'answer', 'backward', ['the new type has', 'old code expects'], noDoubt)
    : party('client-code', 'request', 'forward', ['old code passes', 'the new type wants'], noDoubt);
  if (side.direction === 'input') {
    const words = [`${caller} sends`, `${callee} takes`] as const;
    return [
      party(oldCaller, 'request', 'forward', words, { ...noDoubt, implies: implied }),
      party(oldCallee, 'request', 'backward', words, { someValues: side.kind !== 'oneway' }),
      code,
    ];
  }
  const words = [`${callee} answers`, `${caller} expects`] as const;
  return [
    party(oldCaller, 'answer', 'backward', words, noDoubt),
    party(oldCallee, 'answer', 'forward', words, noDoubt),
    code,
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
