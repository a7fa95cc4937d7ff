export { hostProblem, hostsOf, leadsElsewhere } from './addresses.ts';
export {
  type Checkout,
  type CommitDrift,
  type CommitRelation,
  commitDrift,
  type IntendedCommit,
  isCommitId,
  type RunningCommit,
} from './commits.ts';
export type {
  DriftFinding,
  DriftRule,
  RunningImage,
  SecretFacts,
  TaskFacts,
  TaskRevision,
  Variable,
} from './facts.ts';
export { type DriftRuleName, deployedRevisionTag, driftRules, findDrift } from './find.ts';
export { secretReferenceOf } from './variables.ts';
