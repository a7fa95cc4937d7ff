import {
  type AuthTarget,
  type Environment,
  type MlflowTarget,
  type PostgresTarget,
  type RedisTarget,
  type Resolved,
  readSettings,
  resolveAuth,
  resolveMlflow,
  resolvePostgres,
  resolveRedis,
  type Secret,
  type SettingProblem,
  type SettingsReading,
} from '../core/settings/index.ts';

/** The settings of the service, read once. */
export interface Contract {
  reading: SettingsReading;
  environment: string;
  host: string;
  port: number;
  logLevel: string;
  shutdownDelayMs: number;
  shutdownTimeoutMs: number;
  secretReadMs: number;
  metricsIntervalMs: number;
  /** A problem of PostgreSQL is a refusal too. */
  postgres: Resolved<PostgresTarget>;
  /** Undefined when it is not used at all. */
  redis: Resolved<RedisTarget> | undefined;
  mlflow: Resolved<MlflowTarget>;
  auth: Resolved<AuthTarget>;
  /** Time between two background checks, deadlines, and failures in a row that count. */
  health: {
    intervalMs: number;
    connectMs: number;
    queryMs: number;
    dnsMs: number;
    threshold: number;
  };
  admin: { token?: Secret; secretId?: string };
  /** Who may use the MLflow registry besides those whom the auth service calls administrators. */
  registryAdmins: { scopes: readonly string[]; emails: readonly string[] };
  tracing: { endpoint?: URL; ratio: number };
  /** What keeps the service from starting: its own and PostgreSQL's problems. */
  refusals: SettingProblem[];
  /** Problems of what is not critical: its check fails, and everything else works. */
  switchedOff: { dependency: string; problems: SettingProblem[] }[];
  /** Names that are not read but look like one that is. */
  warnings: readonly string[];
}

const problemsOf = (resolved: Resolved<unknown>): SettingProblem[] => (resolved.ok ? [] : resolved.problems);

export function readContract(env: Environment): Contract {
  const reading = readSettings(env, { reader: 'service' });
  const ms = (name: Parameters<SettingsReading['get']>[0]): number => Number(reading.get(name)) * 1_000;
  const postgres = resolvePostgres(reading);
  const redis = reading.get('REDIS_ENABLED') ? resolveRedis(reading) : undefined;
  const mlflow = resolveMlflow(reading);
  const auth = resolveAuth(reading);
  const optional: [string, SettingProblem[]][] = [
    ['redis', redis ? problemsOf(redis) : reading.problemsOf('redis')],
    ['mlflow', problemsOf(mlflow)],
    ['auth', problemsOf(auth)],
    ['messages', reading.problemsOf('messages')],
  ];
  const token = reading.get('ADMIN_TOKEN');
  const secretId = reading.get('ADMIN_TOKEN_SECRET_ID');
  const endpoint = reading.get('OTEL_EXPORTER_OTLP_ENDPOINT');

  return {
    reading,
    environment: reading.get('ENVIRONMENT'),
    host: reading.get('API_HOST'),
    port: reading.get('API_PORT'),
    logLevel: reading.get('LOG_LEVEL'),
    shutdownDelayMs: ms('SHUTDOWN_DELAY'),
    shutdownTimeoutMs: ms('SHUTDOWN_TIMEOUT'),
    secretReadMs: ms('SECRET_READ_TIMEOUT'),
    metricsIntervalMs: ms('METRICS_INTERVAL'),
    postgres,
    redis,
    mlflow,
    auth,
    health: {
      intervalMs: ms('HEALTH_CHECK_INTERVAL'),
      connectMs: ms('HEALTH_CHECK_TIMEOUT'),
      queryMs: ms('HEALTH_QUERY_TIMEOUT'),
      dnsMs: ms('DNS_TIMEOUT'),
      threshold: reading.get('HEALTH_FAILURE_THRESHOLD'),
    },
    admin: { ...(token ? { token } : {}), ...(secretId ? { secretId } : {}) },
    registryAdmins: {
      scopes: reading.get('REGISTRY_ADMIN_SCOPES'),
      emails: reading.get('REGISTRY_ADMIN_USER_EMAILS') ?? [],
    },
    tracing: { ...(endpoint ? { endpoint } : {}), ratio: reading.get('OTEL_TRACES_SAMPLER_ARG') },
    refusals: [...reading.problemsOf('service', 'probe'), ...problemsOf(postgres)],
    switchedOff: optional
      .filter(([, problems]) => problems.length > 0)
      .map(([dependency, problems]) => ({ dependency, problems })),
    warnings: reading.warnings,
  };
}
