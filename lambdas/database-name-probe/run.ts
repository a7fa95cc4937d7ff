/**
 * Compares the database name over all live sources, and says which one differs; looks in the database for what the
 * service needs; and compares the running task with the contract and with what was deployed.
 */
import {
  type Budget,
  budgetOf,
  type Check,
  cannotRun,
  failedCheck,
  type Outcome,
  type ProbeRun,
  runProbe,
  type SecretFields,
  type SecretReader,
  settingsCheck,
  skippedCheck,
} from '../../core/checks/index.ts';
import { emfLine } from '../../core/metrics/index.ts';
import { type PostgresTarget, resolvePostgres, type SettingsReading } from '../../core/settings/index.ts';
import { type AwsOutOfReach, type AwsReading, readAwsSource } from './aws-source.ts';
import { believed, compare, type Sources, valuesOf } from './compare.ts';
import { checkDrift, type DriftResult } from './drift.ts';
import { type LookUp, systemLookUp } from './hosts.ts';
import { type RunningTask, readRunningTask } from './running-task.ts';
import { readDatabases, type ServerOptions } from './server.ts';
import {
  type AwsClients,
  type Facts,
  factsOfSecret,
  factsOfTask,
  readRdsInstance,
  type SourceReading,
} from './sources.ts';
import { checkTables } from './tables.ts';

export interface DatabaseNameOptions {
  settings: SettingsReading;
  secrets: SecretReader;
  aws: AwsClients;
  awsOutOfReach: AwsOutOfReach;
  /** How host names are looked up, where addresses are compared; unless given, by the system's resolver. */
  lookUp?: LookUp;
}

const comparisons = { name: 'database name', endpoint: 'host and port', user: 'user' } as const;

const readSecretSource = async (
  { settings, secrets, awsOutOfReach }: DatabaseNameOptions,
  whole: Budget,
): Promise<{ reading: SourceReading; fields?: SecretFields }> => {
  const secretId = settings.get('DATABASE_SECRET_ID');
  if (!secretId) return { reading: { state: 'skipped', reason: 'DATABASE_SECRET_ID is not set' } };
  const fields = await secrets.read(secretId, whole);
  if (fields.ok)
    return { reading: { state: 'read', facts: factsOfSecret(fields.value) }, fields: fields.value };
  const definite = [
    'ResourceNotFoundException',
    'AccessDeniedException',
    'InvalidRequestException',
    'DecryptionFailure',
  ];
  const known =
    fields.failure.cause === 'SECRET_INCOMPLETE' || definite.includes(String(fields.failure.evidence?.error));
  return known || awsOutOfReach === 'fails'
    ? { reading: { state: 'failed', failure: fields.failure } }
    : { reading: { state: 'skipped', reason: fields.failure.detail } };
};

interface Everything {
  readings: Map<string, SourceReading>;
  /** Absent when the running task could not be read. */
  drift?: DriftResult;
}

const readAll = async (
  options: DatabaseNameOptions,
  target: PostgresTarget,
  whole: Budget,
): Promise<Everything> => {
  const { settings, aws, awsOutOfReach, lookUp = systemLookUp } = options;
  const budget = whole.part(settings.get('SECRET_READ_TIMEOUT') * 1_000);
  const instanceId = settings.get('DATABASE_INSTANCE_ID');
  const [cluster, service] = [settings.get('ECS_CLUSTER'), settings.get('ECS_SERVICE')];
  const [secret, instance, task] = await Promise.all([
    readSecretSource(options, whole),
    instanceId
      ? readAwsSource('rds:DescribeDBInstances', awsOutOfReach, budget, (signal) =>
          readRdsInstance(aws.rds, instanceId, signal),
        )
      : ({ state: 'skipped', reason: 'DATABASE_INSTANCE_ID is not set' } as const),
    cluster && service
      ? readAwsSource('ecs:DescribeServices', awsOutOfReach, budget, (signal) =>
          readRunningTask(aws.ecs, cluster, service, signal),
        )
      : ({ state: 'skipped', reason: 'ECS_CLUSTER and ECS_SERVICE are not set' } as AwsReading<RunningTask>),
  ]);
  const { database: name, host, port, user } = target;
  const readings = new Map<string, SourceReading>([
    ['settings', { state: 'read', facts: { name, host, port, user } }],
    ['RDS instance', instance],
    ['secret', secret.reading],
    ['task definition', task.state === 'read' ? factsOfTask(task.definition, secret.fields) : task],
  ]);
  if (task.state !== 'read' || !cluster) return { readings };
  const drift = await checkDrift(
    { settings, aws, awsOutOfReach, lookUp, cluster, task, secretFields: secret.fields },
    whole,
  );
  return { readings, drift };
};

const sourceChecks = (readings: Map<string, SourceReading>): Check[] =>
  [...readings].flatMap(([source, reading]) => {
    if (reading.state === 'skipped') return [skippedCheck('postgres', source, reading.reason)];
    return reading.state === 'failed' ? [failedCheck('postgres', source, reading.failure)] : [];
  });

const toCheck = (
  target: string,
  outcome: Outcome<unknown>,
  evidence: () => Record<string, unknown>,
): Check =>
  outcome.ok
    ? { dependency: 'postgres', target, ok: true, layer: 'config', evidence: evidence(), durationMs: 0 }
    : failedCheck('postgres', target, outcome.failure);

const tablesCheck = async (
  options: ServerOptions,
  sources: Sources,
  databases: Outcome<string[]>,
  tables: readonly string[],
  whole: Budget,
): Promise<Check> => {
  if (!databases.ok) return failedCheck('postgres', 'server', databases.failure);
  const name = believed(valuesOf(sources, 'name'), databases.value) ?? options.target.database;
  if (tables.length === 0) return skippedCheck('postgres', 'tables', 'DATABASE_EXPECTED_TABLES is empty');
  if (!databases.value.includes(name))
    return skippedCheck('postgres', 'tables', `there is no database "${name}" to look in`);
  const outcome = await checkTables(options, name, tables, whole);
  const check = toCheck('tables', outcome, () => ({ database: name, tables }));
  return check.ok ? { ...check, layer: 'query' } : check;
};

/** What was compared and does not hold, apart from what could not be compared. */
const isFinding = (cause: Check['cause']): boolean =>
  cause === 'SCHEMA_MISSING' || cause === 'PRIVILEGE_MISSING' || /_(MISMATCH|CASE)$/.test(cause ?? '');

const compareAll = async (options: DatabaseNameOptions, target: PostgresTarget, whole: Budget) => {
  const { settings, secrets } = options;
  const server: ServerOptions = {
    target,
    secrets,
    dnsTimeoutMs: settings.get('DNS_TIMEOUT') * 1_000,
    queryTimeoutMs: settings.get('HEALTH_QUERY_TIMEOUT') * 1_000,
  };
  const [{ readings, drift }, databases] = await Promise.all([
    readAll(options, target, whole),
    readDatabases(server, whole),
  ]);
  const known = new Map<string, Facts>();
  for (const [source, reading] of readings) if (reading.state === 'read') known.set(source, reading.facts);
  const onServer = databases.ok ? databases.value : undefined;
  const checks = (Object.keys(comparisons) as (keyof typeof comparisons)[]).map((aspect) =>
    toCheck(comparisons[aspect], compare(aspect, known, onServer), () =>
      Object.fromEntries(valuesOf(known, aspect)),
    ),
  );
  const tables = await tablesCheck(server, known, databases, settings.get('DATABASE_EXPECTED_TABLES'), whole);
  const names = [...readings.keys()].map((source) => [source, known.get(source)?.name ?? null] as const);
  const existing = onServer?.find((name) => name === target.database) ?? onServer?.join(', ') ?? null;
  return {
    checks: [...checks, tables, ...sourceChecks(readings), ...(drift?.checks ?? [])],
    drift: drift?.findings,
    sources: { ...Object.fromEntries(names), server: existing },
    mismatches: [...checks, tables].filter(({ ok, cause }) => !ok && isFinding(cause)).length,
    blind: [...readings.values()].some(({ state }) => state === 'failed'),
  };
};

/**
 * Runs the database-name probe. DatabaseNameMismatch is published when the sources could be compared or a
 * difference was found; without either, the alarm on its silence says that nothing is being compared.
 * ConfigurationDrift is published when the running task could be read.
 */
export const runDatabaseName = (options: DatabaseNameOptions): Promise<ProbeRun> => {
  const { settings } = options;
  const environment = settings.get('ENVIRONMENT');
  return runProbe('database-name', environment, async (started) => {
    const own = settings.problemsOf('service', 'probe');
    const resolved = resolvePostgres(settings);
    if (own.length > 0)
      return { checks: cannotRun(['postgres'], own).map(({ check }) => check), metricLines: [] };
    if (!resolved.ok) return { checks: [settingsCheck('postgres', resolved.problems)], metricLines: [] };
    const whole = budgetOf(settings.get('PROBE_DEADLINE') * 1_000);
    const { checks, sources, mismatches, blind, drift } = await compareAll(options, resolved.value, whole);
    const values = {
      ...(blind && mismatches === 0 ? {} : { DatabaseNameMismatch: mismatches }),
      ...(drift ? { ConfigurationDrift: drift.length } : {}),
    };
    const line = emfLine({
      timestamp: started.getTime(),
      environment,
      dependency: 'postgres',
      values,
      properties: { sources, ...(drift ? { drift: drift.map(({ rule }) => rule) } : {}) },
    });
    return { checks, sources, metricLines: Object.keys(values).length === 0 ? [] : [line] };
  });
};
