/** What is known of a task: data that the rules look at. Where it comes from is not their business. */
import type { CauseCode } from '../causes/index.ts';

/** One entry of a container's `environment` or `secrets`. */
export interface Variable {
  name: string;
  from: 'environment' | 'secrets';
  /** Absent where nobody knows it yet: a reference in a template, the content of a secret. */
  value?: string;
  /** `valueFrom` of a secret. */
  reference?: string;
}

/** A revision of a task definition, as far as the container that honours the contract goes. */
export interface TaskRevision {
  /** `family:revision`. */
  name: string;
  image?: string;
  /** ARN of the role that injects the secrets. */
  executionRole?: string;
  variables: readonly Variable[];
}

/** What was found of one secret that a task refers to. */
export interface SecretFacts {
  /** As the reference writes it, without key and version. */
  arn: string;
  /** `unknown` when it could not be asked; `foreign` when the asker may look at the deployment's secrets only. */
  state: 'there' | 'missing' | 'deleted' | 'empty' | 'foreign' | 'unknown';
  /** The whole ARN, with the six characters that Secrets Manager appends. */
  fullArn?: string;
  /** Names of the keys in it, where they could be read. */
  keys?: readonly string[];
  /** Whether IAM lets the execution role read it; absent when it was not asked. */
  readable?: boolean;
}

/** A container that runs. */
export interface RunningImage {
  /** Short id of the task. */
  task: string;
  /** `family:revision`. */
  revision: string;
  /** `sha256:…`. */
  digest?: string;
}

export interface TaskFacts {
  reader: 'service' | 'migrate';
  /** The revision whose tasks serve now. */
  running: TaskRevision;
  /** The revision that the stack deployed; absent when that is not known. */
  deployed?: TaskRevision;
  /** The newest one of the family, once nobody can still be about to use it. */
  newest?: { name: string; registeredBy?: string; registeredAt?: string };
  /** Whether a roll-out is on: several revisions may run then, and that is no drift. */
  rollingOut?: boolean;
  /** Names under which the service itself is reached, and the addresses behind them. */
  own?: { hosts: readonly string[]; addresses: readonly string[] };
  /** The addresses behind other hosts, where they were looked up. */
  addresses?: ReadonlyMap<string, readonly string[]>;
  /** Domain of the discovery names. */
  namespace?: string;
  secrets?: readonly SecretFacts[];
  images?: readonly RunningImage[];
}

/** What one rule found. */
export interface DriftFinding {
  rule: string;
  /** The variable, where it is about one. */
  variable?: string;
  cause: CauseCode;
  /** What is wrong, with the value unless it is secret. */
  sentence: string;
  /** What to do. */
  fix: string;
}

/** What a rule says; cause and the usual repair come from its row. */
export type Found = Pick<DriftFinding, 'sentence' | 'variable'> & { fix?: string };

export interface DriftRule {
  cause: CauseCode;
  find(facts: TaskFacts): Found[];
}
