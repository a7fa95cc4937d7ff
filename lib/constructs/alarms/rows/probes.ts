import { causes } from '../../../../core/causes/index.ts';
import type { Dependency } from '../../../../core/checks/index.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

/** What is lost while a dependency is away, where to begin, and how that was tried. */
const dependencies: Readonly<Record<Dependency, Pick<AlarmRow, 'consequence' | 'runbook' | 'proof'>>> = {
  postgres: {
    consequence: 'Registration and every route that reads the database fail.',
    runbook: causes.CONNECT_TIMEOUT.runbook,
    proof: { fault: 'database-stop', how: 'driven' },
  },
  redis: {
    consequence: 'Messages wait in PostgreSQL until it is back; requests are served.',
    runbook: causes.CONNECTION_REFUSED.runbook,
    proof: { fault: 'redis-stop', how: 'driven' },
  },
  mlflow: {
    consequence: 'The MLflow proxy and registrations that ask MLflow fail.',
    runbook: causes.NO_HEALTHY_TARGET.runbook,
    proof: { fault: 'mlflow-stop', how: 'driven' },
  },
  auth: {
    consequence: 'API keys that are not in the cache cannot be validated.',
    runbook: causes.UPSTREAM_ERROR.runbook,
    proof: { fault: 'auth-stop', how: 'driven' },
  },
};

/** What the rows of the connectivity probe need to know. */
export type ConnectivityWatched = Pick<Watched, 'dependencies' | 'certificates' | 'probeTimeout'> & {
  functions: Pick<Watched['functions'], 'connectivity'>;
};

const up = (dependency: Dependency) => ({ metric: 'Up', dependency, statistic: 'Minimum' }) as const;

const downRows = ({ dependencies: watched, functions }: ConnectivityWatched): AlarmRow[] =>
  watched.map(
    (dependency): AlarmRow => ({
      name: `${dependency}-down`,
      measured: up(dependency),
      period: 60,
      comparison: 'below',
      threshold: 1,
      because: 'Up is 1 when every layer passed.',
      datapoints: [2, 3],
      patience: 'One lost packet opens no ticket; a real outage does within two minutes.',
      // No data is the silence alarm's business.
      missing: 'notBreaching',
      severity: 'ticket',
      says: `The connectivity probe (${functions.connectivity}) cannot use ${dependency}; its report names layer and cause.`,
      investigated: true,
      ...dependencies[dependency],
    }),
  );

const postgresLostRow = ({ functions }: ConnectivityWatched): AlarmRow => ({
  name: 'postgres-lost',
  measured: up('postgres'),
  period: 60,
  comparison: 'below',
  threshold: 1,
  because: 'Up is 1 when every layer passed.',
  datapoints: [3, 4],
  patience: 'A failover of RDS takes up to two minutes and ends by itself; what lasts longer needs somebody.',
  missing: 'notBreaching',
  severity: 'ticket',
  says: `The connectivity probe (${functions.connectivity}) has not been able to use postgres for 3 minutes, longer than a failover takes.`,
  ...dependencies.postgres,
});

/** Milliseconds from looking up the name to a connection that is ready for queries. */
const connectObjectiveMs = 2_000;

const slowConnectRow = ({ functions }: ConnectivityWatched): AlarmRow => ({
  name: 'postgres-connect-slow',
  // One value a minute: a percentile would be the same, and needs a hundred to mean more.
  measured: { metric: 'ConnectDurationMs', dependency: 'postgres', statistic: 'Maximum' },
  period: 60,
  comparison: 'above',
  threshold: connectObjectiveMs,
  because: `${connectObjectiveMs / 1_000} s, within which a connection is to be ready.`,
  datapoints: [5, 5],
  patience: 'A failover or a cold start of the probe is one or two.',
  missing: 'notBreaching',
  severity: 'ticket',
  says: `The connectivity probe (${functions.connectivity}) has needed more than ${connectObjectiveMs / 1_000} s for a connection to postgres for 5 minutes; its report has the phases.`,
  consequence:
    'Requests that need a new connection wait as long; at 10 s (DATABASE_CONNECT_TIMEOUT) they fail.',
  runbook: causes.SLOW.runbook,
  proof: { fault: 'database-connect', how: 'injected' },
});

const silence = {
  comparison: 'below',
  threshold: 1,
  because: 'A probe that runs publishes at least one value in each of its periods.',
  missing: 'breaching',
  severity: 'ticket',
  runbook: 'runbooks/probes.md#silence',
} as const satisfies Partial<AlarmRow>;

const connectivitySilent = ({ dependencies: watched, functions }: ConnectivityWatched): AlarmRow => ({
  ...silence,
  name: 'connectivity-probe-silent',
  // Every run publishes a value for each that is watched; one of them is enough to hear of silence.
  measured: { metric: 'Up', dependency: watched[0] ?? 'postgres', statistic: 'SampleCount' },
  period: 60,
  datapoints: [3, 3],
  patience:
    'Two runs may fall into one minute and none into the next; three empty ones in a row do not happen.',
  says: `The connectivity probe (${functions.connectivity}) has published nothing for 3 minutes.`,
  consequence: 'Nobody is told when a connection fails.',
  proof: { fault: 'connectivity-probe-schedule', how: 'driven' },
});

export const databaseNameSilent = (functions: Pick<Watched['functions'], 'databaseName'>): AlarmRow => ({
  ...silence,
  name: 'database-name-probe-silent',
  measured: { metric: 'DatabaseNameMismatch', dependency: 'postgres', statistic: 'SampleCount' },
  period: 300,
  datapoints: [2, 2],
  patience: 'It runs every 5 minutes; a run may be lost.',
  says: `The database-name probe (${functions.databaseName}) has compared nothing for 10 minutes.`,
  consequence: 'Nobody is told when configuration drifts from the database that exists.',
  proof: { fault: 'database-name-probe-schedule', how: 'driven' },
});

export const capacitySilent = (functions: Pick<Watched['functions'], 'capacity'>): AlarmRow => ({
  ...silence,
  name: 'capacity-probe-silent',
  measured: { metric: 'ConnectionHeadroomPercent', dependency: 'postgres', statistic: 'SampleCount' },
  period: 60,
  datapoints: [15, 15],
  patience:
    "There is no number while the database is away, which is another alarm's to tell; this one is for the probe's own role, secret or schedule, and can wait.",
  says: `The capacity probe (${functions.capacity}) has not known for 15 minutes how many connections are left.`,
  consequence: 'Nobody is told when they run out.',
  proof: { fault: 'capacity-probe-schedule', how: 'driven' },
});

export const networkPathSilent = (functions: Pick<Watched['functions'], 'networkPath'>): AlarmRow => ({
  ...silence,
  name: 'network-path-probe-silent',
  // It measures nothing of its own: Lambda counts its runs and how many failed, so that both no run and a
  // failing one are told.
  measured: {
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensions: { FunctionName: functions.networkPath },
    statistic: 'Maximum',
  },
  comparison: 'above',
  threshold: 0,
  because: 'A run that fails counts as 1 error.',
  period: 900,
  datapoints: [2, 2],
  patience: 'A run may begin a little late; two periods without a good one are an outage of the probe.',
  says: `The network-path probe (${functions.networkPath}) has failed, or not run, for 30 minutes.`,
  consequence: 'When a connection fails, nobody is told which rule blocks it.',
  proof: { fault: 'network-path-probe-schedule', how: 'driven' },
});

/** Part of its time that a function may use, percent. */
const timePercent = 80;

const slowProbeRow = ({ functions, probeTimeout }: ConnectivityWatched): AlarmRow => ({
  name: 'connectivity-probe-slow',
  measured: {
    namespace: 'AWS/Lambda',
    metricName: 'Duration',
    dimensions: { FunctionName: functions.connectivity },
    statistic: 'Maximum',
  },
  period: 60,
  comparison: 'above',
  threshold: probeTimeout * 1_000 * (timePercent / 100),
  because: `${timePercent} % of the ${probeTimeout} s after which Lambda stops it. Its own deadline is shorter: only a stall of the function itself comes here.`,
  datapoints: [3, 5],
  patience: 'A cold start is one run.',
  missing: 'notBreaching',
  severity: 'ticket',
  says: `The connectivity probe (${functions.connectivity}) takes more than ${timePercent} % of the ${probeTimeout} s that it has.`,
  consequence: 'It is about to be stopped before it can report, and then says nothing.',
  runbook: 'runbooks/probes.md#slow',
  proof: { fault: 'connectivity-probe-duration', how: 'injected' },
});

/** Days in which a certificate is replaced without haste: two working weeks and one to notice. */
const certificateDays = 21;

const certificateRows = ({ certificates, functions }: ConnectivityWatched): AlarmRow[] =>
  certificates.map(
    (dependency): AlarmRow => ({
      name: `${dependency}-certificate-expiring`,
      measured: { metric: 'CertificateDaysLeft', dependency, statistic: 'Minimum' },
      period: 60,
      comparison: 'below',
      threshold: certificateDays,
      because: `${certificateDays} days are enough to replace it without haste.`,
      datapoints: [5, 5],
      patience: 'Days do not flicker; five minutes leave out a single node that is being replaced.',
      missing: 'notBreaching',
      severity: 'ticket',
      says: `The certificate of ${dependency} that the connectivity probe (${functions.connectivity}) is shown expires in less than ${certificateDays} days.`,
      consequence: `When it has expired, every connection to ${dependency} is refused by the clients.`,
      runbook: causes.TLS_CERTIFICATE_EXPIRED.runbook,
      proof:
        dependency === 'postgres'
          ? { fault: 'certificate-expiring', how: 'driven' }
          : { fault: 'auth-certificate', how: 'driven' },
    }),
  );

/** Everything that the connectivity probe can tell. */
export const connectivityRows = (watched: ConnectivityWatched): AlarmRow[] => [
  ...downRows(watched),
  ...(watched.dependencies.includes('postgres') ? [postgresLostRow(watched), slowConnectRow(watched)] : []),
  ...certificateRows(watched),
  connectivitySilent(watched),
  slowProbeRow(watched),
];
