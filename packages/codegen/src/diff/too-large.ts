import { MAX_DESCRIPTOR_BYTES, parseDescriptor, serializeDescriptor } from '@doorcall/core/contract';
import type { Contract } from '../snapshot/index.js';
import type { Affected, Break, Change } from './change.js';
import { descriptorOf } from './descriptor.js';
import { METHODS, type Roles } from './roles.js';

/**
 * What breaks because a contract has no room in the handshake: without its shapes nobody can see that a change is
 * compatible. It is the caller who is shown the contract of the callee.
 *
 * @param changed the methods or callbacks that have changed in any way
 */
export function tooLarge(
  old: Contract,
  next: Contract,
  changed: ReadonlySet<string>,
  roles: Roles,
): readonly Pick<Change, 'path' | 'message' | 'breaks'>[] {
  if (changed.size === 0) return [];
  const breaks = [why(roles.oldCaller, next, roles), why(roles.oldCallee, old, roles)].filter(
    (each) => each !== undefined,
  );
  if (breaks.length === 0) return [];
  const kib = MAX_DESCRIPTOR_BYTES / 1024;
  return [{ path: '', message: `the contract takes more than ${kib} KiB in the handshake`, breaks }];
}

function why(who: Affected, shown: Contract, roles: Roles): Break | undefined {
  const whole = parseDescriptor(serializeDescriptor(descriptorOf(shown)));
  const part = roles === METHODS ? whole : whole.callbacks;
  if (part === undefined) return undefined;
  const { methods, omitted } = part;
  if (omitted > 0) return { who, why: `${roles.word}s are refused, whether or not they have changed` };
  if (methods.some(({ hash }) => hash !== undefined))
    return { who, why: `${roles.word}s that have changed are refused` };
  return undefined;
}
