/** A service task as the stack deploys it, and small changes to it. */
import type { TaskFacts, TaskRevision, Variable } from '../../../core/drift/index.ts';

export const secretArn = (name: string): string =>
  `arn:aws:secretsmanager:us-east-1:123456789012:secret:hokusai/development/${name}-AbCdEf`;
export const roleArn = 'arn:aws:iam::123456789012:role/execution';

export const plain = (name: string, value: string): Variable => ({ name, from: 'environment', value });
export const injected = (name: string, reference: string): Variable => ({ name, from: 'secrets', reference });

const application = secretArn('database/application');
const cache = secretArn('redis/auth-token');

export const variables: readonly Variable[] = [
  plain('ENVIRONMENT', 'development'),
  plain('DATABASE_HOST', 'db.example.us-east-1.rds.amazonaws.com'),
  plain('DATABASE_PORT', '5432'),
  plain('DATABASE_NAME', 'mlflow_db'),
  plain('DATABASE_USER', 'mlflow'),
  plain('DATABASE_SECRET_ID', application),
  injected('DATABASE_PASSWORD', `${application}:password::`),
  plain('REDIS_ENABLED', 'true'),
  plain('REDIS_HOST', 'master.hokusai.use1.cache.amazonaws.com'),
  plain('REDIS_PORT', '6379'),
  injected('REDIS_AUTH_TOKEN', `${cache}:auth_token::`),
  plain('MLFLOW_TRACKING_URI', 'http://mlflow.hokusai-development.local:5000'),
  plain('AUTH_SERVICE_URL', 'https://auth.example.com'),
  plain('AUTH_SERVICE_ID', 'platform'),
  plain('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4318'),
];

export const revision = (number: number, change: Partial<TaskRevision> = {}): TaskRevision => ({
  name: `hokusai-api-development:${number}`,
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:0a1b',
  executionRole: roleArn,
  variables,
  ...change,
});

/** Everything known, nothing wrong. */
export const healthy: TaskFacts = {
  reader: 'service',
  running: revision(7),
  deployed: revision(7),
  newest: { name: 'hokusai-api-development:7' },
  own: {
    hosts: ['hokusai-development-1.us-east-1.elb.amazonaws.com', 'api.hokusai-development.local'],
    addresses: ['203.0.113.7', '203.0.113.8'],
  },
  addresses: new Map([
    ['auth.example.com', ['198.51.100.4']],
    ['mlflow.hokusai-development.local', ['10.10.2.17']],
  ]),
  namespace: 'hokusai-development.local',
  secrets: [
    {
      arn: application,
      state: 'there',
      fullArn: application,
      keys: ['host', 'port', 'dbname', 'username', 'password'],
      readable: true,
    },
    { arn: cache, state: 'there', fullArn: cache, readable: true },
  ],
  images: [
    { task: 'a1', revision: 'hokusai-api-development:7', digest: `sha256:${'1'.repeat(64)}` },
    { task: 'a2', revision: 'hokusai-api-development:7', digest: `sha256:${'1'.repeat(64)}` },
  ],
};

/** Other variables in place of those of the same names, or more of them. */
export const withVariables = (...others: Variable[]): readonly Variable[] => [
  ...variables.filter(({ name }) => !others.some((other) => other.name === name)),
  ...others,
];

export const without = (...names: string[]): readonly Variable[] =>
  variables.filter(({ name }) => !names.includes(name));

/** A revision that was deployed so: what is wrong is wrong in the template. */
export const deployedWith = (changed: readonly Variable[], more: Partial<TaskFacts> = {}): TaskFacts => ({
  ...healthy,
  running: revision(7, { variables: changed }),
  deployed: revision(7, { variables: changed }),
  ...more,
});

/** A revision that somebody registered by hand. */
export const registeredWith = (changed: readonly Variable[], more: Partial<TaskFacts> = {}): TaskFacts => ({
  ...healthy,
  running: revision(8, { variables: changed }),
  newest: { name: 'hokusai-api-development:8' },
  ...more,
});

export const secretFacts = (
  name: 'database/application' | 'redis/auth-token',
  change: object,
): TaskFacts['secrets'] & object =>
  (healthy.secrets ?? []).map((secret) =>
    secret.arn === secretArn(name) ? { ...secret, ...change } : secret,
  );
