import { loadNative } from '@doorcall/native';
import { policyVariable } from './policies.js';

/** @throws when this build of the addon has no such policy: it would quietly be the default one's figures */
export function assertPolicyIsKnown(): void {
  loadNative().setWaitPolicy(process.env[policyVariable]!);
}
