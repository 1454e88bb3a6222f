import { MAX_DESCRIPTOR_BYTES, parseDescriptor, serializeDescriptor } from '@doorcall/core/contract';
import type { Contract } from '../snapshot/index.js';
import type { Affected, Change } from './change.js';

/**
 * What breaks because a contract has no room in the handshake: without its shapes nobody can see that a change is
 * compatible.
 *
 * @param changed the methods that have changed in any way
 */
export function tooLarge(
  old: Contract,
  next: Contract,
  changed: ReadonlySet<string>,
): readonly Pick<Change, 'path' | 'message' | 'breaks'>[] {
  if (changed.size === 0) return [];
  const breaks = [why('old-client', next), why('old-server', old)].filter((each) => each !== undefined);
  if (breaks.length === 0) return [];
  const kib = MAX_DESCRIPTOR_BYTES / 1024;
  return [{ path: '', message: `the contract takes more than ${kib} KiB in the handshake`, breaks }];
}

function why(who: Affected, server: Contract): { readonly who: Affected; readonly why: string } | undefined {
  const { methods, omitted } = parseDescriptor(serializeDescriptor({ ...server, fingerprint: '' }));
  if (omitted > 0) return { who, why: 'methods are refused, whether or not they have changed' };
  if (methods.some(({ hash }) => hash !== undefined))
    return { who, why: 'methods that have changed are refused' };
  return undefined;
}
