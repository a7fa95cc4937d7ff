import type { ConditionRow, ReportSource } from './condition.ts';

const connectivity = (dependency: ReportSource['dependency']): ReportSource => ({
  probe: 'connectivity',
  dependency,
});
const databaseName: ReportSource = { probe: 'database-name', dependency: 'postgres' };
const capacity: ReportSource = { probe: 'capacity', dependency: 'postgres' };

/** What may stand behind something that only the service sees. */
const suspects: readonly ReportSource[] = [
  connectivity('postgres'),
  databaseName,
  capacity,
  connectivity('mlflow'),
  connectivity('auth'),
  connectivity('redis'),
];

/**
 * What can be wrong, as alarms tell it: the last part of an alarm's name is a condition's name. Where one
 * brings others with it, the edge stands here, once: the notifier tells a cause from its consequences by it,
 * and the fault matrix expects by it which alarms go off. A condition without an alarm is what several
 * others have in common.
 */
const rows = {
  'postgres-unreachable': {
    means: 'Nothing in the VPC gets a connection to the database',
    report: connectivity('postgres'),
    leadsTo: ['postgres-down', 'service-without-database', 'capacity-probe-silent'],
  },
  'postgres-refuses-login': {
    means: 'The database refuses the login of the service',
    report: connectivity('postgres'),
    leadsTo: ['postgres-down', 'service-without-database'],
  },
  'connections-exhausted': {
    means: 'Every connection of the database is taken',
    report: capacity,
    leadsTo: ['connections-headroom-critical', 'postgres-down'],
  },
  'database-missing': {
    means: 'The database does not exist under the name that everybody has',
    report: databaseName,
    leadsTo: ['postgres-down', 'service-without-database', 'database-name-mismatch', 'capacity-probe-silent'],
  },
  'postgres-read-only': {
    means: 'The database takes no writes',
    report: connectivity('postgres'),
    leadsTo: ['postgres-down', 'service-without-database'],
  },
  'registrations-blocked': {
    means: 'A lock keeps registrations waiting',
    report: capacity,
    leadsTo: ['queries-slow', 'responses-slow', 'requests-failing'],
  },
  'redis-full': {
    means: 'Redis has no memory left',
    report: connectivity('redis'),
    leadsTo: ['redis-memory-high', 'redis-down'],
  },
  'service-stopped': {
    means: 'No task of the service runs',
    leadsTo: ['service-silent', 'no-healthy-target'],
  },
  'service-without-database': {
    means: 'The service cannot use PostgreSQL',
    report: connectivity('postgres'),
    leadsTo: ['service-unhealthy', 'connections-failing', 'requests-failing'],
    // The outbox is in the database.
    hides: ['messages-waiting', 'dead-letters'],
  },
  'postgres-down': {
    means: 'The connectivity probe cannot use PostgreSQL',
    report: connectivity('postgres'),
    leadsTo: ['postgres-lost'],
  },
  'postgres-lost': {
    means: 'PostgreSQL has been unusable for longer than a failover takes',
    report: connectivity('postgres'),
    // Whether users suffer is for the service to say.
    leadsTo: [],
  },
  'postgres-connect-slow': {
    means: 'Connecting to PostgreSQL takes longer than it should',
    report: connectivity('postgres'),
    figure: 'connecting',
    remedy:
      'Go after the phase that takes the time: dns is the resolver, tcp the network or a server too busy to accept, tls and auth the processor of the server.',
    leadsTo: [],
  },
  'redis-down': {
    means: 'The connectivity probe cannot use Redis',
    report: connectivity('redis'),
    leadsTo: ['service-degraded', 'messages-waiting'],
  },
  'mlflow-unusable': {
    means: 'MLflow answers nothing that could be passed on',
    report: connectivity('mlflow'),
    leadsTo: ['mlflow-down', 'requests-failing'],
  },
  'mlflow-down': {
    means: 'The connectivity probe cannot use MLflow',
    report: connectivity('mlflow'),
    leadsTo: ['service-degraded'],
  },
  'auth-down': {
    means: 'The connectivity probe cannot use the auth service',
    report: connectivity('auth'),
    leadsTo: ['service-degraded', 'requests-failing'],
  },
  'connectivity-probe-silent': { means: 'The connectivity probe publishes nothing', leadsTo: [] },
  'connectivity-probe-slow': { means: 'The connectivity probe takes almost all of its time', leadsTo: [] },
  'database-name-probe-silent': {
    means: 'The database-name probe compares nothing',
    report: databaseName,
    leadsTo: [],
  },
  'capacity-probe-silent': {
    means: 'The capacity probe does not know how many connections are left',
    report: capacity,
    leadsTo: [],
  },
  'network-path-probe-silent': { means: 'The network-path probe fails or does not run', leadsTo: [] },
  'database-name-mismatch': {
    means: 'Sources do not name the same database, or it lacks what the service needs',
    report: databaseName,
    leadsTo: [],
  },
  'configuration-drift': {
    means: 'The running task definition is not what was deployed',
    report: databaseName,
    leadsTo: [],
  },
  'connections-headroom-low': {
    means: 'Few connections of the database are left',
    report: capacity,
    leadsTo: [],
  },
  'connections-headroom-critical': {
    means: 'Almost no connection of the database is left',
    report: capacity,
    leadsTo: ['connections-headroom-low'],
  },
  'postgres-certificate-expiring': {
    means: 'The certificate of PostgreSQL is about to expire',
    report: connectivity('postgres'),
    figure: 'certificate',
    remedy:
      'Rotate the certificate before that day: move the instance to a current certificate authority of RDS. That may restart it.',
    leadsTo: [],
  },
  'auth-certificate-expiring': {
    means: 'The certificate of the auth service is about to expire',
    report: connectivity('auth'),
    figure: 'certificate',
    remedy: 'Have those who run the auth service replace its certificate before that day.',
    leadsTo: [],
  },
  'service-silent': { means: 'No task of the service says anything', leadsTo: [] },
  'service-unhealthy': {
    means: 'A task of the service calls itself unhealthy',
    report: connectivity('postgres'),
    suspects,
    leadsTo: ['service-degraded', 'user-impact'],
  },
  'service-degraded': { means: 'A task of the service works with a dependency missing', leadsTo: [] },
  'connections-failing': {
    means: 'The service fails to get connections to the database',
    report: connectivity('postgres'),
    leadsTo: [],
  },
  'pool-waiting': {
    means: 'Requests wait for a connection of the pool',
    report: capacity,
    leadsTo: ['connections-failing', 'requests-failing'],
  },
  'queries-slow': { means: 'Queries of the service take too long', report: capacity, suspects, leadsTo: [] },
  'messages-waiting': {
    means: 'Messages are not delivered',
    report: connectivity('redis'),
    suspects,
    leadsTo: [],
  },
  'dead-letters': { means: 'Messages were given up', leadsTo: [] },
  'consumers-idle': { means: 'Messages are delivered, and nobody takes them', leadsTo: [] },
  'database-cpu-high': { means: 'The processor of the database is busy', leadsTo: [] },
  'database-memory-low': { means: 'The database has little memory left', leadsTo: [] },
  'database-storage-low': { means: 'The database has little storage left', leadsTo: [] },
  'database-connections-high': {
    means: 'The database has almost as many connections as its class allows',
    report: capacity,
    leadsTo: [],
  },
  'database-transaction-ids': { means: 'The database runs out of transaction ids', leadsTo: [] },
  'database-writes-slow': { means: 'The storage of the database is slow', leadsTo: [] },
  'no-healthy-target': {
    means: 'The load balancer has no healthy task to send requests to',
    leadsTo: ['healthy-targets-low', 'requests-failing', 'user-impact'],
  },
  'healthy-targets-low': { means: 'Fewer tasks are healthy than there should be', leadsTo: [] },
  'requests-failing': {
    means: 'Requests of users fail',
    suspects,
    leadsTo: ['errors-1h', 'error-budget-draining', 'user-impact'],
  },
  'errors-1h': { means: 'Requests failed within the last hour', suspects, leadsTo: [] },
  'error-budget-draining': { means: 'The error budget of the month is draining', suspects, leadsTo: [] },
  'requests-rejected': { means: 'The load balancer refuses connections', leadsTo: [] },
  'responses-slow': { means: 'Answers of the service take too long', suspects, leadsTo: [] },
  'service-cpu-high': { means: 'The processors of the tasks are busy', leadsTo: [] },
  'service-memory-high': { means: 'The tasks are about to run out of memory', leadsTo: [] },
  'redis-memory-high': { means: 'Redis is about to be full', leadsTo: [] },
  'notifier-failing': { means: 'Notifications are sent raw: the notifier fails', leadsTo: [] },
  'page-topic-failing': { means: 'Pages cannot be delivered', leadsTo: [] },
  'ticket-topic-failing': { means: 'Tickets cannot be delivered', leadsTo: [] },
  'configuration-changed-by-hand': {
    means: 'Somebody changed the configuration past the deployment',
    leadsTo: [],
  },
  'change-recorder-failing': { means: 'Changes of configuration are not written down', leadsTo: [] },
  'user-impact': { means: 'Users suffer', leadsTo: [] },
} as const satisfies Record<string, ConditionRow>;

export type ConditionName = keyof typeof rows;

/** A row whose edges are known to lead to rows. */
export type Condition = Omit<ConditionRow, 'leadsTo' | 'hides'> & {
  leadsTo: readonly ConditionName[];
  hides?: readonly ConditionName[];
};

export const conditions: Readonly<Record<ConditionName, Condition>> = rows;

export const conditionNames = Object.keys(conditions) as ConditionName[];

export const isConditionName = (name: string): name is ConditionName => Object.hasOwn(conditions, name);

/** What follows from a condition, over any number of edges; itself not among them unless it leads back. */
export const consequencesOf = (name: ConditionName): ReadonlySet<ConditionName> => {
  const found = new Set<ConditionName>();
  const follow = (from: ConditionName): void => {
    for (const next of conditions[from].leadsTo)
      if (!found.has(next)) {
        found.add(next);
        follow(next);
      }
  };
  follow(name);
  return found;
};
