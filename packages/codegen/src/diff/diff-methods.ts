import type { MethodDescriptor, ShapeNode } from '@doorcall/core/contract';
import type { Affected, Break, Change } from './change.js';
import type { JointContracts } from './joint.js';
import { kindChange } from './kinds.js';
import type { Side } from './parties.js';
import { METHODS, type Roles } from './roles.js';
import { Walk } from './walk.js';

/** A change, apart from where it is. */
export type Part = Pick<Change, 'side' | 'reason' | 'path' | 'message' | 'breaks'>;

/** What has changed of a method or callback that is in both contracts. */
export function diffMethods(
  { shapes }: JointContracts,
  old: MethodDescriptor,
  next: MethodDescriptor,
  roles: Roles,
  affected: readonly Affected[],
): readonly Part[] {
  const { kind } = old;
  const changed = kindChange(kind, next.kind, roles);
  if (changed !== undefined) return [part('', changed.message, changed.breaks, affected)];
  const input = walk(shapes, { direction: 'input', kind, roles }, old.input, next.input, affected);
  const answered = (a: number, b: number) =>
    walk(shapes, { direction: 'output', kind, roles }, a, b, affected);
  return [
    ...input.map((each) => ({ side: 'input' as const, ...each })),
    ...answered(old.output, next.output).map((each) => ({ side: 'output' as const, ...each })),
    ...diffErrors(old, next, roles, affected, answered),
  ];
}

/** That a method or callback was added. Whoever serves callbacks has to serve that one, too. */
export function added({ word }: Roles, affected: readonly Affected[]): Part {
  const breaks: readonly Break[] =
    word === 'method' ? [] : [{ who: 'client-code', why: 'it does not serve the callback' }];
  return part('', `${word} added`, breaks, affected);
}

/** That a service, a method or a callback was removed. */
export function gone(what: 'service' | Roles['word'], roles: Roles, affected: readonly Affected[]): Part {
  const uses = roles === METHODS ? 'uses' : 'serves';
  const breaks: readonly Break[] = [
    { who: roles.oldCaller, why: `the ${roles.callee} has no such ${what}` },
    { who: 'client-code', why: `code that ${uses} the ${what} no longer compiles` },
  ];
  return part('', `${what} removed`, breaks, affected);
}

function walk(
  shapes: readonly ShapeNode[],
  side: Side,
  old: number,
  next: number,
  affected: readonly Affected[],
): readonly Part[] {
  const walk = new Walk(shapes, side, affected);
  walk.compare(old, next);
  return walk.changes;
}

function diffErrors(
  old: MethodDescriptor,
  next: MethodDescriptor,
  roles: Roles,
  affected: readonly Affected[],
  walked: (old: number, next: number) => readonly Part[],
): readonly Part[] {
  const reasons = [...new Set([...Object.keys(old.errors), ...Object.keys(next.errors)])].sort();
  return reasons.flatMap((reason) => {
    const [before, after] = [old.errors[reason], next.errors[reason]];
    const whole = (message: string, breaks: readonly Break[]): Part => ({
      ...part('', message, breaks, affected),
      side: 'error',
      reason,
    });
    const catches = roles === METHODS;
    if (before === undefined) {
      const why = 'a switch over all reasons lacks it';
      return [whole('error added', catches ? [{ who: 'client-code', why }] : [])];
    }
    if (after === undefined) {
      const why = `code that ${catches ? 'asks for' : 'throws'} it no longer compiles`;
      return [whole('error removed', [{ who: 'client-code', why }])];
    }
    const code =
      before.code === after.code
        ? []
        : [whole(`${before.code} → ${after.code}`, codeChanged(before.code, after.code, roles))];
    const data = walked(before.data, after.data);
    return [...code, ...data.map((each) => ({ ...each, side: 'error' as const, reason }))];
  });
}

/** The callee's status code is the one that arrives. */
function codeChanged(old: string, next: string, { caller, oldCaller, oldCallee }: Roles): readonly Break[] {
  return [
    { who: oldCaller, why: `it gets ${next} where its contract says ${old}` },
    { who: oldCallee, why: `its ${caller}s get ${old} where their contract says ${next}` },
  ];
}

function part(path: string, message: string, breaks: readonly Break[], affected: readonly Affected[]): Part {
  return { path, message, breaks: breaks.filter(({ who }) => affected.includes(who)) };
}
