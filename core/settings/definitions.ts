/**
 * Every environment variable, once. The task definition, the environment of the functions, the service,
 * the probes and docs/reference/settings.md are derived from this table.
 *
 * Durations are in seconds unless the name ends in `_MS`. An empty value counts as not set.
 */

/** Who reads a setting: a function's folder name, the service, or its migration. */
export type Reader =
  | 'service'
  | 'migrate'
  | 'bootstrap'
  | 'connectivity-probe'
  | 'database-name-probe'
  | 'capacity-probe';

/**
 * Whose fault a wrong value is. A probe fails the check of that dependency and runs the others; the service
 * refuses to start only for `service` and `postgres`.
 */
export type SettingGroup = 'service' | 'postgres' | 'redis' | 'mlflow' | 'auth' | 'messages' | 'probe';

export type SettingKind =
  | 'text'
  | 'host'
  | 'port'
  | 'url'
  | 'integer'
  | 'seconds'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'certificates'
  | 'secret'
  | 'secret-url';

export interface SettingDefinition {
  group: SettingGroup;
  kind: SettingKind;
  /** One sentence. */
  doc: string;
  readers: readonly Reader[];
  /** Other names that are still read. */
  aliases?: readonly string[];
  default?: string | number | boolean;
  /** Bounds of numbers, inclusive; lengths of lists. */
  min?: number;
  max?: number;
  /** Allowed values of a choice. */
  choices?: readonly string[];
  /** Where the bounds or the default come from, when that is not obvious. */
  reason?: string;
  /** Written into every task definition, even where it has its default: operators tune it. */
  tuned?: true;
}

const all = ['service', 'migrate', 'connectivity-probe', 'database-name-probe', 'capacity-probe'] as const;
const database = [...all, 'bootstrap'] as const;
const connectivity = ['service', 'connectivity-probe'] as const;
const service = ['service'] as const;
const probes = ['connectivity-probe', 'database-name-probe', 'capacity-probe'] as const;

const failureThreshold = <G extends SettingGroup>(group: G) =>
  ({
    group,
    kind: 'integer',
    default: 5,
    min: 1,
    max: 100,
    readers: service,
    tuned: true,
    doc: 'Failures in a row after which the circuit breaker of this dependency opens.',
  }) as const;

const recoveryTimeout = <G extends SettingGroup>(group: G) =>
  ({
    group,
    kind: 'seconds',
    default: 10,
    min: 1,
    max: 30,
    readers: service,
    tuned: true,
    doc: 'Time from opening to the first recovery trial; later ones grow, up to 30 s.',
    reason: 'A breaker must close within 60 s of the recovery of its dependency.',
  }) as const;

export const settingDefinitions = {
  // The service itself
  ENVIRONMENT: {
    group: 'service',
    kind: 'choice',
    choices: ['development', 'staging', 'production'],
    default: 'development',
    readers: database,
    tuned: true,
    doc: 'Which environment this is; the dimension Environment of every metric.',
  },
  API_HOST: {
    group: 'service',
    kind: 'host',
    default: '0.0.0.0',
    readers: service,
    doc: 'Address that the service listens on.',
  },
  API_PORT: {
    group: 'service',
    kind: 'port',
    default: 8001,
    readers: service,
    tuned: true,
    doc: 'Port that the service listens on.',
  },
  LOG_LEVEL: {
    group: 'service',
    kind: 'choice',
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    readers: service,
    tuned: true,
    doc: 'Least severe log line that is written.',
  },
  SHUTDOWN_DELAY: {
    group: 'service',
    kind: 'seconds',
    default: 10,
    min: 0,
    max: 110,
    readers: service,
    tuned: true,
    doc: 'Time between the start of draining (/health/alb answers 503) and closing the listener.',
    reason: 'ECS kills a task at most 120 s after SIGTERM.',
  },
  ADMIN_TOKEN: {
    group: 'service',
    kind: 'secret',
    readers: service,
    doc: 'Bearer token for the operator routes; without a token they are off.',
  },
  ADMIN_TOKEN_SECRET_ID: {
    group: 'service',
    kind: 'text',
    readers: service,
    doc: 'Name or ARN of the secret with the operator token, used when ADMIN_TOKEN is not set.',
  },
  HEALTH_CHECK_INTERVAL: {
    group: 'service',
    kind: 'seconds',
    default: 2,
    min: 0.5,
    max: 60,
    readers: service,
    tuned: true,
    doc: 'Time between two background checks of one dependency.',
  },
  HEALTH_CHECK_TIMEOUT: {
    group: 'service',
    kind: 'seconds',
    default: 10,
    min: 0.1,
    max: 20,
    readers: connectivity,
    tuned: true,
    doc: 'Deadline of a check that must connect first.',
  },
  HEALTH_QUERY_TIMEOUT: {
    group: 'service',
    kind: 'seconds',
    default: 2,
    min: 0.1,
    max: 10,
    readers: [...connectivity, 'database-name-probe', 'capacity-probe'],
    tuned: true,
    doc: 'Deadline of a check on a connection that is already open.',
  },
  DNS_TIMEOUT: {
    group: 'service',
    kind: 'seconds',
    default: 3,
    min: 0.1,
    max: 10,
    readers: [...connectivity, 'database-name-probe', 'capacity-probe'],
    doc: 'Deadline of one name look-up in a check.',
  },

  // PostgreSQL
  DATABASE_URL: {
    group: 'postgres',
    kind: 'secret-url',
    readers: database,
    aliases: ['DB_URL', 'POSTGRES_URI'],
    doc: 'The whole connection as a URL, instead of the parts: postgresql://user:password@host:5432/database with reserved characters percent-encoded.',
  },
  DATABASE_HOST: {
    group: 'postgres',
    kind: 'host',
    readers: database,
    aliases: ['DB_HOST'],
    tuned: true,
    doc: 'Host name of the database server.',
  },
  DATABASE_PORT: {
    group: 'postgres',
    kind: 'port',
    default: 5432,
    readers: database,
    aliases: ['DB_PORT'],
    tuned: true,
    doc: 'Port of the database server.',
  },
  DATABASE_NAME: {
    group: 'postgres',
    kind: 'text',
    readers: database,
    aliases: ['DB_NAME'],
    tuned: true,
    doc: 'Name of the database, in the letter case that the server has.',
  },
  DATABASE_USER: {
    group: 'postgres',
    kind: 'text',
    readers: database,
    aliases: ['DB_USER'],
    tuned: true,
    doc: 'Role that the service logs in as.',
  },
  DATABASE_PASSWORD: {
    group: 'postgres',
    kind: 'secret',
    readers: database,
    aliases: ['DB_PASSWORD'],
    doc: 'Password of that role, taken as it is (no percent-encoding).',
  },
  DATABASE_SECRET_ID: {
    group: 'postgres',
    kind: 'text',
    readers: database,
    aliases: ['DB_SECRET_NAME', 'DB_SECRET_ID'],
    tuned: true,
    doc: 'Name or ARN of the secret with host, port, dbname, username and password; used when no password is set, and read again when one is rejected.',
  },
  DATABASE_SSL_MODE: {
    group: 'postgres',
    kind: 'choice',
    choices: ['verify-full', 'disable'],
    default: 'verify-full',
    readers: database,
    aliases: ['DB_SSL_MODE'],
    tuned: true,
    doc: 'verify-full checks certificate and host name; disable is refused unless ENVIRONMENT is development.',
  },
  DATABASE_SSL_ROOT_CERT: {
    group: 'postgres',
    kind: 'certificates',
    readers: database,
    aliases: ['DB_SSL_ROOT_CERT'],
    doc: 'Certificate authorities to trust, as PEM text or the path of a PEM file; the RDS bundle unless set.',
  },
  DATABASE_CONNECT_TIMEOUT: {
    group: 'postgres',
    kind: 'seconds',
    default: 10,
    min: 0.1,
    max: 60,
    readers: database,
    aliases: ['DB_CONNECT_TIMEOUT'],
    tuned: true,
    doc: 'Time from looking up the name to a connection that is ready for queries.',
  },
  DATABASE_STATEMENT_TIMEOUT: {
    group: 'postgres',
    kind: 'seconds',
    default: 10,
    min: 0.1,
    max: 300,
    readers: service,
    aliases: ['DB_STATEMENT_TIMEOUT'],
    tuned: true,
    doc: 'Longest run of one statement of the service; the server cancels it.',
  },
  DATABASE_POOL_SIZE: {
    group: 'postgres',
    kind: 'integer',
    default: 10,
    min: 1,
    max: 200,
    readers: service,
    aliases: ['DB_POOL_SIZE'],
    tuned: true,
    doc: 'Most connections that one task opens for requests.',
  },
  DATABASE_MAX_RETRIES: {
    group: 'postgres',
    kind: 'integer',
    default: 3,
    min: 0,
    max: 10,
    readers: service,
    aliases: ['DB_MAX_RETRIES'],
    tuned: true,
    doc: 'Further attempts after a transient failure, where repeating is safe.',
  },
  DATABASE_RETRY_DELAY: {
    group: 'postgres',
    kind: 'seconds',
    default: 1,
    min: 0.01,
    max: 30,
    readers: service,
    aliases: ['DB_RETRY_DELAY'],
    tuned: true,
    doc: 'Upper bound of the first retry delay; it doubles with each further attempt, with full jitter.',
  },
  DATABASE_INSTANCE_ID: {
    group: 'probe',
    kind: 'text',
    readers: ['database-name-probe'],
    aliases: ['DB_INSTANCE_ID'],
    doc: 'Identifier of the RDS instance whose own record is compared.',
  },
  DATABASE_EXPECTED_TABLES: {
    group: 'probe',
    kind: 'list',
    default: 'breakwater_migrations',
    min: 0,
    max: 200,
    readers: ['database-name-probe'],
    aliases: ['DB_EXPECTED_TABLES'],
    doc: 'Tables that must exist, separated by commas, each as table or schema.table; the migrations create the default.',
  },
  DATABASE_MASTER_SECRET_ID: {
    group: 'postgres',
    kind: 'text',
    readers: ['bootstrap'],
    aliases: ['DB_MASTER_SECRET_ID'],
    doc: 'Secret of the master user, which RDS manages; only the bootstrap function may read it.',
  },
  CAPACITY_PROBE_SECRET_ID: {
    group: 'postgres',
    kind: 'text',
    readers: ['bootstrap', 'capacity-probe'],
    doc: "Secret of the capacity probe's own role.",
  },
  POSTGRES_CB_FAILURE_THRESHOLD: failureThreshold('postgres'),
  POSTGRES_CB_RECOVERY_TIMEOUT: recoveryTimeout('postgres'),

  // Redis
  REDIS_ENABLED: {
    group: 'redis',
    kind: 'boolean',
    default: false,
    readers: connectivity,
    tuned: true,
    doc: 'Whether Redis is used at all; nothing else decides it.',
  },
  REDIS_URL: {
    group: 'redis',
    kind: 'secret-url',
    readers: connectivity,
    doc: 'The whole connection as a URL (redis or rediss), or a bare host or host:port, instead of the parts.',
  },
  REDIS_HOST: {
    group: 'redis',
    kind: 'host',
    readers: connectivity,
    doc: 'Host name of the primary node.',
  },
  REDIS_PORT: {
    group: 'redis',
    kind: 'port',
    default: 6379,
    readers: connectivity,
    doc: 'Port of the primary node.',
  },
  REDIS_TLS_ENABLED: {
    group: 'redis',
    kind: 'boolean',
    default: true,
    readers: connectivity,
    tuned: true,
    doc: 'Whether the connection is encrypted and the certificate verified; false is refused unless ENVIRONMENT is development.',
  },
  REDIS_AUTH_TOKEN: {
    group: 'redis',
    kind: 'secret',
    readers: connectivity,
    doc: 'Password of the Redis server, taken as it is (no percent-encoding).',
  },
  REDIS_AUTH_TOKEN_SECRET_ID: {
    group: 'redis',
    kind: 'text',
    readers: connectivity,
    doc: 'Name or ARN of the secret whose key auth_token holds it, used when no token is set, and read again when one is rejected.',
  },
  REDIS_CONNECT_TIMEOUT: {
    group: 'redis',
    kind: 'seconds',
    default: 2,
    min: 0.1,
    max: 20,
    readers: connectivity,
    tuned: true,
    doc: 'Time from looking up the name to an authenticated connection.',
  },
  REDIS_COMMAND_TIMEOUT: {
    group: 'redis',
    kind: 'seconds',
    default: 0.5,
    min: 0.01,
    max: 10,
    readers: connectivity,
    tuned: true,
    doc: 'Deadline of one command.',
  },
  REDIS_CB_FAILURE_THRESHOLD: failureThreshold('redis'),
  REDIS_CB_RECOVERY_TIMEOUT: recoveryTimeout('redis'),

  // MLflow
  MLFLOW_TRACKING_URI: {
    group: 'mlflow',
    kind: 'url',
    readers: connectivity,
    aliases: ['MLFLOW_SERVER_URL'],
    tuned: true,
    doc: 'Address of the MLflow server (http or https).',
  },
  MLFLOW_TRACKING_TOKEN: {
    group: 'mlflow',
    kind: 'secret',
    readers: connectivity,
    doc: 'Bearer token for the MLflow server, where it wants one.',
  },
  MLFLOW_CB_FAILURE_THRESHOLD: failureThreshold('mlflow'),
  MLFLOW_CB_RECOVERY_TIMEOUT: recoveryTimeout('mlflow'),

  // Auth service
  AUTH_SERVICE_URL: {
    group: 'auth',
    kind: 'url',
    readers: connectivity,
    aliases: ['HOKUSAI_AUTH_SERVICE_URL'],
    tuned: true,
    doc: 'Address of the service that validates API keys (http or https).',
  },
  AUTH_SERVICE_ID: {
    group: 'auth',
    kind: 'choice',
    choices: ['website', 'prediction', 'platform'],
    default: 'platform',
    readers: connectivity,
    aliases: ['HOKUSAI_AUTH_SERVICE_ID'],
    tuned: true,
    doc: 'Which service this is, in the words of the auth service.',
  },
  AUTH_SERVICE_TIMEOUT: {
    group: 'auth',
    kind: 'seconds',
    default: 5,
    min: 0.1,
    max: 20,
    readers: connectivity,
    aliases: ['HOKUSAI_AUTH_SERVICE_TIMEOUT'],
    tuned: true,
    doc: 'Deadline of one request to the auth service.',
  },
  AUTH_PROBE_KEY: {
    group: 'auth',
    kind: 'secret',
    readers: connectivity,
    doc: 'API key that checks are made with; without it, a 401 from key validation means that the auth service is up.',
  },
  AUTH_CB_FAILURE_THRESHOLD: failureThreshold('auth'),
  AUTH_CB_RECOVERY_TIMEOUT: recoveryTimeout('auth'),

  // Messages
  MESSAGE_QUEUE_TYPE: {
    group: 'messages',
    kind: 'choice',
    choices: ['redis', 'sqs', 'none'],
    default: 'none',
    readers: service,
    tuned: true,
    doc: 'Transport that carries events to their consumers.',
  },
  MESSAGE_QUEUE_NAME: {
    group: 'messages',
    kind: 'text',
    default: 'model_ready_queue',
    readers: service,
    tuned: true,
    doc: 'Name of the Redis list.',
  },
  MESSAGE_QUEUE_URL: {
    group: 'messages',
    kind: 'url',
    readers: service,
    doc: 'Address of the SQS queue, when MESSAGE_QUEUE_TYPE is sqs.',
  },

  // The probes
  PROBE_DEADLINE: {
    group: 'probe',
    kind: 'seconds',
    default: 20,
    min: 1,
    max: 50,
    readers: probes,
    tuned: true,
    doc: 'Deadline of one whole run of a probe; shorter than the timeout of the function.',
  },
  SECRET_READ_TIMEOUT: {
    group: 'probe',
    kind: 'seconds',
    default: 3,
    min: 0.1,
    max: 10,
    readers: database,
    doc: 'Deadline of reading one secret or one record from an AWS API.',
  },
  ECS_CLUSTER: {
    group: 'probe',
    kind: 'text',
    readers: ['database-name-probe'],
    doc: 'Cluster that the service runs in.',
  },
  ECS_SERVICE: {
    group: 'probe',
    kind: 'text',
    readers: ['database-name-probe'],
    doc: 'ECS service whose running task definition is compared.',
  },
} as const satisfies Record<string, SettingDefinition>;

export type SettingName = keyof typeof settingDefinitions;

interface ValueOfKind {
  text: string;
  host: string;
  port: number;
  url: URL;
  integer: number;
  seconds: number;
  boolean: boolean;
  choice: string;
  list: string[];
  certificates: string[];
  secret: import('./secret.ts').Secret;
  'secret-url': import('./secret.ts').Secret;
}

type Definition<N extends SettingName> = (typeof settingDefinitions)[N];
type Value<N extends SettingName> =
  Definition<N> extends { choices: readonly (infer C)[] } ? C : ValueOfKind[Definition<N>['kind']];

/** What reading a setting gives: its typed value, and `undefined` only where it has no default. */
export type SettingValue<N extends SettingName> =
  | Value<N>
  | (Definition<N> extends { default: unknown } ? never : undefined);

/** The same table without its literal types, for code that walks over all rows. */
export const definitionOf = (name: SettingName): SettingDefinition => settingDefinitions[name];

export const settingNames = Object.keys(settingDefinitions) as SettingName[];
