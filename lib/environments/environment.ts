import type { Dependency } from '../../core/checks/index.ts';
import type { SettingName } from '../../core/settings/index.ts';
import type { AlarmSwitches, Maintenance } from '../constructs/alarms/index.ts';
import type { InstanceClass } from '../constructs/connection-budget/index.ts';

export type EnvironmentName = 'development' | 'staging' | 'production';

/**
 * How tasks and functions reach AWS APIs: through NAT (one gateway, or one in every zone), or through
 * interface endpoints only, without any way to the internet. With endpoints the upstreams must run inside
 * the VPC.
 */
export type Egress = 'nat-shared' | 'nat-per-zone' | 'endpoints';

/** Everything that differs by environment. Nothing here is a secret. */
export interface Environment {
  /** Prefix of all names; lower-case letters, digits and hyphens. */
  project: string;
  name: EnvironmentName;
  region: string;
  network: {
    /** Range of the VPC: a /16, of which each subnet takes a /24. */
    cidr: string;
    /** Zones by name, 2 or 3, so that nothing is looked up at synth. */
    zones: readonly string[];
    egress: Egress;
  };
  database: {
    name: string;
    /** Role that the service logs in as; the bootstrap function creates it. */
    user: string;
    masterUser: string;
    instanceClass: InstanceClass;
    /** GiB at the start, and the limit up to which RDS grows it. */
    storage: { initial: number; limit: number };
    multiAz: boolean;
    deletionProtection: boolean;
    /** Days of backups, 1 to 35. */
    backupDays: number;
  };
  cache: {
    enabled: boolean;
    nodeType: string;
    /** Nodes, the primary included; 2 or more give automatic failover over zones. */
    nodes: number;
  };
  service: {
    /** CPU units (1024 are one vCPU) and memory of one task, a pair that Fargate offers. */
    cpu: 512 | 1024 | 2048;
    memoryMiB: 1024 | 2048 | 4096;
    minTasks: number;
    maxTasks: number;
    /** Any image that honours the contract; built from `service/` unless given. */
    image?: string;
    /** Turns HTTPS on: the ARN of a certificate, or the name of the SSM parameter that holds it. */
    certificate?: { arn: string } | { parameter: string };
    /** Traces of requests, through a collector beside the service, and of functions. */
    tracing: boolean;
    deletionProtection: boolean;
  };
  upstreams: { mlflow: string; auth: string };
  /** Settings that differ from their default; names and bounds as in core/settings. */
  settings: Partial<Record<SettingName, string | number | boolean>>;
  /** Traces of every run of the probes, $0.50 a month; their reports have the phases already. Off unless told. */
  probeTracing?: boolean;
  alerts: {
    /** Addresses that are told: what must be fixed now, and what can wait until the next working day. */
    page: readonly string[];
    ticket: readonly string[];
    /**
     * Name of the secret with the address of a chat webhook, which is told of both. It is no substitute for `page`: an
     * alarm about the notifier itself, and what the notifier fails to take, go to addresses only.
     */
    webhookSecret?: string;
    /** Address under which people read this repository, for links to runbooks. */
    runbooks?: string;
  };
  /** Alarms that this environment does without, each `false`. */
  alarms?: AlarmSwitches;
  /** Times in which nobody is told, such as the one in which RDS applies updates. */
  maintenance?: readonly Maintenance[];
  /**
   * Name or ARN of a trail of the account that records management events that write, in this region. The events of
   * configuration changes come through it; one is made unless it is named. The first copy of these events is free,
   * each further trail in the account is not.
   */
  audit?: { trail: string };
  /** Days that log groups keep their lines. */
  logDays: 7 | 30 | 90 | 365;
}

/** Domain of the discovery names inside the VPC. */
export const discoveryDomain = ({ project, name }: Pick<Environment, 'project' | 'name'>): string =>
  `${project}-${name}.local`;

/** What the service and the probes of an environment connect to. */
export const dependenciesOf = ({ cache }: Pick<Environment, 'cache'>): Dependency[] => [
  'postgres',
  ...(cache.enabled ? (['redis'] as const) : []),
  'mlflow',
  'auth',
];

/** Prefix of names that exist once per environment. */
export const prefixOf = ({ project, name }: Pick<Environment, 'project' | 'name'>): string =>
  `${project}-${name}`;
