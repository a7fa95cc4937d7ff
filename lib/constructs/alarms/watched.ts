import type { Dependency } from '../../../core/checks/index.ts';
import type { Severity } from '../notifications/index.ts';

/** What the catalogue must know of what is deployed. Every threshold is derived from something in here. */
export interface Watched {
  dependencies: readonly Dependency[];
  /** Those whose connections are encrypted with a certificate that can expire unnoticed. */
  certificates: readonly Extract<Dependency, 'postgres' | 'auth'>[];
  functions: {
    connectivity: string;
    databaseName: string;
    capacity: string;
    networkPath: string;
    changeRecorder: string;
    /** Absent where alarms are delivered raw. */
    notifier?: string;
  };
  /** After how long Lambda stops a probe, seconds. */
  probeTimeout: number;
  /** Share of connections below which the capacity probe itself calls it low. */
  headroomPercent: number;
  database: { identifier: string; instanceClass: string; storageGib: number };
  /** The node whose memory is looked at; replicas hold the same. Absent without a cache. */
  cache?: { clusterId: string };
  /** What carries messages. */
  transport: 'redis' | 'sqs' | 'none';
  service: { cluster: string; name: string; minTasks: number; poolSize: number };
  /** Full names, as the dimensions have them. A canary deployment has two target groups. */
  loadBalancer: { name: string; targetGroups: readonly string[] };
  /** Names of the topics on the way of an alarm: the one that it publishes to, and the one that people are subscribed to. */
  topics: Readonly<Record<Severity, { alarms: string; people: string }>>;
}
