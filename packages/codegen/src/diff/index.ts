export {
  AFFECTED,
  type Affected,
  type Break,
  CHANGE_KINDS,
  type Change,
  type ChangeKind,
} from './change.js';
export { type DiffOptions, diffContracts, ROLLOUTS, type Rollout } from './diff-contracts.js';
export { type ContractSource, readContracts, workingTreeOf } from './sources/read-contracts.js';
