/** doorcall as it is without spinning: what its calls cost where both ends have gone to sleep, or share a CPU. */
import { loadNative } from '@doorcall/native';
import { type Policy, policyVariable } from '../../waiting/policies.js';

const park: Policy = 'park';

/** For both processes, before they start. */
export const neverSpins = { [policyVariable]: park } as const;

/**
 * @returns the same, after making sure that it does as its name says
 * @throws when the process was started without {@link neverSpins}, or this build of the addon has no such policy: its
 *   figures would be those of the default one
 */
export function parked<Arguments extends unknown[], Result>(
  work: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  return async (...args) => {
    if (process.env[policyVariable] !== park) throw new Error(`started without ${policyVariable}=${park}`);
    const result = await work(...args);
    // Again by hand, for a thread that used doorcall before the variable was there.
    loadNative().setWaitPolicy(park);
    return result;
  };
}
