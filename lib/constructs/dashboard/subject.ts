import type { Dependency } from '../../../core/checks/index.ts';
import type { Runbooks } from './runbooks.ts';

/** What a dashboard is about. What is absent has no section. */
export interface Subject {
  /** Value of the dimension Environment. */
  environment: string;
  /** What the connectivity probe watches. */
  dependencies: readonly Dependency[];
  runbooks: Runbooks;
  /** Log groups with a line for each change of configuration: `at`, `actor`, `how`, `action`, `target`. */
  changeLogs?: readonly string[];
  /** Figures of the service itself: pool, breakers, messages. */
  service?: {
    clusterName: string;
    serviceName: string;
    minTasks: number;
    /** What carries events to their consumers; for `sqs` the name of the queue. */
    messages: { type: 'redis' } | { type: 'sqs'; queueName: string };
  };
  database?: {
    instanceIdentifier: string;
    /** Connections that the instance class offers. */
    connectionLimit: number;
  };
  cache?: { replicationGroupId: string; nodes: number };
  /** As metrics name them: `app/NAME/ID` and `targetgroup/NAME/ID`. */
  loadBalancer?: { fullName: string; targetGroupFullNames: readonly string[] };
  /** What the monitoring itself consists of, for its price. */
  monitoring: { customMetrics: number | undefined; alarmMetrics: number; composites: number };
}
