import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Check, createSecretReader } from '../../core/checks/index.ts';
import { deployedRevisionTag } from '../../core/drift/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { secretFetcher } from '../../core/settings/secrets-manager.ts';
import { runDatabaseName } from '../../lambdas/database-name-probe/run.ts';
import { AwsError, type Operations } from '../../twin/aws/answer.ts';
import {
  createSecrets,
  ecsOperations,
  iamOperations,
  rdsOperations,
  secretRecordOperations,
  secretsManagerOperations,
  startAwsEndpoint,
  type TaskState,
  withEcsDetails,
} from '../../twin/aws/index.ts';
import { createFixture } from '../twin/template-fixture.ts';

const roleArn = 'arn:aws:iam::000000000000:role/execution';

interface Template {
  /** Further or other variables of the container. */
  environment?: Record<string, string>;
  secrets?: Record<string, unknown>;
  /** What the execution role may do; unless given, read both secrets. */
  statements?: object[];
  tags?: object[];
}

const secretOf = (logicalId: string, key: string) => ({
  'Fn::Join': ['', [{ Ref: logicalId }, `:${key}::`]],
});

const allow = (...logicalIds: string[]) => ({
  Effect: 'Allow',
  Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
  Resource: logicalIds.map((id) => ({ Ref: id })),
});

const secretResource = (name: string, content: object, key: string) => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties: {
    Name: name,
    GenerateSecretString: { SecretStringTemplate: JSON.stringify(content), GenerateStringKey: key },
  },
});

const resources = ({ environment = {}, secrets = {}, statements, tags }: Template) => ({
  Application: secretResource(
    'hokusai/application',
    { host: 'localhost', port: 1, dbname: 'mlflow_db', username: 'mlflow' },
    'password',
  ),
  Token: secretResource('hokusai/redis', {}, 'auth_token'),
  Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'execution' } },
  Policy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: { Statement: statements ?? [allow('Application', 'Token')] },
    },
  },
  Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'hokusai' } },
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Family: 'api',
      ExecutionRoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
      ContainerDefinitions: [
        {
          Name: 'api',
          Image: 'registry.example.com/api:1',
          Environment: Object.entries({
            DATABASE_HOST: 'localhost',
            DATABASE_PORT: '1',
            DATABASE_NAME: 'mlflow_db',
            DATABASE_USER: 'mlflow',
            MLFLOW_TRACKING_URI: 'http://mlflow.hokusai.local:5000',
            AUTH_SERVICE_URL: 'https://auth.example.com',
            ...environment,
          }).map(([Name, Value]) => ({ Name, Value })),
          Secrets: Object.entries({
            DATABASE_PASSWORD: secretOf('Application', 'password'),
            REDIS_AUTH_TOKEN: secretOf('Token', 'auth_token'),
            ...secrets,
          }).map(([Name, ValueFrom]) => ({ Name, ValueFrom })),
        },
      ],
    },
  },
  Service: {
    Type: 'AWS::ECS::Service',
    Properties: {
      ServiceName: 'api',
      Cluster: { Ref: 'Cluster' },
      TaskDefinition: { Ref: 'Task' },
      DesiredCount: 2,
      Tags: tags ?? [{ Key: deployedRevisionTag, Value: { Ref: 'Task' } }],
    },
  },
});

/** What the names lead to; everything else has no address. */
const addresses: Record<string, string[]> = {
  'api.hokusai.local': ['10.10.1.5'],
  'lb.example.com': ['203.0.113.7', '203.0.113.8'],
  'registry.example.com': ['203.0.113.8'],
  'auth.example.com': ['198.51.100.4'],
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Change = (operations: Operations) => Operations;

interface Options {
  template?: Template;
  tasks?: TaskState;
  settings?: Record<string, string>;
  /** Answers of AWS that differ from those of the twin. */
  ecs?: Change;
  secretsManager?: Change;
  iam?: Change;
}

/** Runs the probe with the real SDK against the twin's endpoint; the database itself is away. */
const run = async (options: Options = {}) => {
  const same: Change = (operations) => operations;
  const { template = {}, tasks = { revisions: [] }, settings = {} } = options;
  const { ecs = same, secretsManager = same, iam = same } = options;
  const fixture = createFixture({ data: { Resources: resources(template) } });
  cleanups.push(fixture.remove);
  const { assembly, resolve } = fixture;
  const secrets = createSecrets(assembly, resolve, { username: 'owner', password: 'x' });
  const endpoint = await startAwsEndpoint({
    secretsManager: secretsManager({
      ...secretsManagerOperations(secrets),
      ...secretRecordOperations(secrets),
    }),
    rds: rdsOperations(assembly, resolve, { status: 'available' }),
    ecs: ecs(withEcsDetails(ecsOperations(assembly, resolve, tasks), assembly, resolve)),
    iam: iam(iamOperations(assembly, resolve)),
  });
  const config = {
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'twin', secretAccessKey: 'twin' },
    maxAttempts: 1,
  };
  const aws = {
    rds: new RDSClient(config),
    ecs: new ECSClient(config),
    secrets: new SecretsManagerClient(config),
    iam: new IAMClient(config),
  };
  cleanups.push(endpoint.close, ...Object.values(aws).map((client) => () => client.destroy()));
  const reading = readSettings(
    {
      DATABASE_HOST: 'localhost',
      DATABASE_PORT: '1',
      DATABASE_NAME: 'mlflow_db',
      DATABASE_USER: 'mlflow',
      DATABASE_SECRET_ID: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:hokusai/application-Twin00',
      ECS_CLUSTER: 'hokusai',
      ECS_SERVICE: 'api',
      ECS_EXECUTION_ROLE: roleArn,
      SERVICE_HOSTS: 'lb.example.com,api.hokusai.local',
      DISCOVERY_NAMESPACE: 'hokusai.local',
      ...settings,
    },
    { reader: 'database-name-probe' },
  );
  expect(reading.problems).toEqual([]);
  const { report, metricLines } = await runDatabaseName({
    settings: reading,
    secrets: createSecretReader(secretFetcher(aws.secrets), { timeoutMs: 3_000 }),
    aws,
    awsOutOfReach: 'fails',
    lookUp: async (host) => addresses[host] ?? Promise.reject(new Error('no address')),
  });
  const about = /^(task definition|revision that|newest|images|secret .|access of)/;
  const checks = report.checks.filter(({ target }) => about.test(target));
  const line = JSON.parse(metricLines[0] ?? '{}') as Record<string, unknown>;
  return {
    checks,
    failed: checks.filter(({ ok }) => !ok),
    rules: checks.flatMap(({ evidence }) => evidence?.rule ?? []),
    drift: line.ConfigurationDrift,
    mismatches: line.DatabaseNameMismatch,
    unknown: [...endpoint.unknown],
  };
};

const denied =
  (...names: string[]): Change =>
  (operations) => ({
    ...operations,
    ...Object.fromEntries(
      names.map((name) => [
        name,
        () => {
          throw new AwsError('AccessDeniedException', 'User is not authorized.', 400);
        },
      ]),
    ),
  });

const handMade: TaskState = { revisions: [{ environment: { DATABASE_NAME: 'mlflow' } }] };

describe('the drift check of the database-name probe', () => {
  test('passes and counts nothing when the task runs as it was deployed', async () => {
    const { checks, drift, unknown } = await run();
    expect(checks).toEqual([
      {
        dependency: 'postgres',
        target: 'task definition api:1',
        ok: true,
        layer: 'config',
        evidence: { deployed: 'api:1', newest: 'api:1' },
        durationMs: 0,
      },
    ]);
    expect([drift, unknown]).toEqual([0, []]);
  });

  test('I-27 reports each finding of a revision made by hand with what to do', async () => {
    const { failed, drift, mismatches } = await run({ tasks: handMade });
    expect(failed.map(({ target, cause, detail }) => [target, cause, detail])).toEqual([
      ['task definition api:2', 'TASK_DEFINITION_DRIFT', 'revision api:2 runs, and api:1 was deployed'],
      [
        'task definition api:2',
        'TASK_DEFINITION_DRIFT',
        'DATABASE_NAME was deployed as "mlflow_db" and runs as "mlflow"',
      ],
    ]);
    expect(failed[1]).toMatchObject({
      layer: 'config',
      evidence: { rule: 'value-not-deployed', variable: 'DATABASE_NAME' },
      remedy: expect.stringContaining('Deploy the service stack again'),
      runbook: 'runbooks/configuration.md#task_definition_drift',
    });
    expect([drift, mismatches]).toEqual([2, 1]);
  });

  test('says who registered a revision that is not used, once no deployment can be about to use it', async () => {
    const registered =
      (ageMs: number): Change =>
      (operations) => ({
        ...operations,
        DescribeTaskDefinition: (input) => {
          const answer = operations.DescribeTaskDefinition?.(input) as { taskDefinition: object };
          if (input.taskDefinition !== 'api') return answer;
          return {
            taskDefinition: {
              ...answer.taskDefinition,
              taskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/api:9',
              registeredBy: 'arn:aws:sts::000000000000:assumed-role/Admin/jane',
              registeredAt: (Date.now() - ageMs) / 1_000,
            },
          };
        },
      });
    const old = await run({ ecs: registered(2 * 3_600_000) });
    expect(old.failed.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(
        /^revision api:9 is the newest \(registered by arn:aws:sts::000000000000:assumed-role\/Admin\/jane, 20.*Z\), and api:1 runs$/,
      ),
    ]);
    expect((await run({ ecs: registered(60_000) })).rules).toEqual([]);
  });

  test('compares nothing while a roll-out is on, and takes one that never ends for over', async () => {
    const rolling =
      (ageMs: number): Change =>
      (operations) => ({
        ...operations,
        DescribeServices: (input) => {
          const answer = operations.DescribeServices?.(input) as { services: { deployments: object[] }[] };
          const [service] = answer.services;
          const arn = (revision: number) =>
            `arn:aws:ecs:us-east-1:000000000000:task-definition/api:${revision}`;
          const createdAt = (Date.now() - ageMs) / 1_000;
          const deployments = [
            {
              status: 'PRIMARY',
              taskDefinition: arn(2),
              runningCount: 0,
              rolloutState: 'IN_PROGRESS',
              createdAt,
            },
            { status: 'ACTIVE', taskDefinition: arn(1), runningCount: 2, createdAt: createdAt - 9_999 },
          ];
          return { ...answer, services: [{ ...service, deployments }] };
        },
      });
    const young = await run({ tasks: handMade, ecs: rolling(60_000) });
    expect(young.checks).toMatchObject([
      { ok: true, target: 'task definition api:1', evidence: { rollingOut: true } },
    ]);
    expect((await run({ tasks: handMade, ecs: rolling(2 * 3_600_000) })).rules).toEqual([
      'revision-not-used',
    ]);
  });

  test('I-57 finds a secret that the execution role may not read, asked from IAM', async () => {
    const { failed } = await run({ template: { statements: [allow('Application')] } });
    expect(failed).toMatchObject([
      {
        cause: 'SECRET_REFERENCE_BROKEN',
        detail:
          'REDIS_AUTH_TOKEN refers to the secret hokusai/redis-Twin00, which the execution role execution may not read: no new task starts',
        evidence: { rule: 'secret-not-readable', variable: 'REDIS_AUTH_TOKEN' },
      },
    ]);
    const deny = { ...allow('Token'), Effect: 'Deny' };
    expect((await run({ template: { statements: [allow('Application', 'Token'), deny] } })).rules).toEqual([
      'secret-not-readable',
    ]);
  });

  test.each<[string, Template, string]>([
    [
      'I-39 a secret that does not exist',
      {
        secrets: {
          REDIS_AUTH_TOKEN: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:gone-Twin00:auth_token::',
        },
      },
      'secret-not-there',
    ],
    [
      'I-41 a secret without its key',
      { secrets: { REDIS_AUTH_TOKEN: { Ref: 'Token' } } },
      'secret-without-key',
    ],
    [
      'I-41 an ARN without its last characters',
      {
        secrets: {
          REDIS_AUTH_TOKEN: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:hokusai/redis:auth_token::',
        },
      },
      'secret-arn-cut',
    ],
    [
      'a key that the secret lacks',
      { secrets: { DATABASE_USER_NAME: secretOf('Application', 'user') } },
      'secret-key-missing',
    ],
    [
      'I-09 a service id that auth does not know',
      { environment: { AUTH_SERVICE_ID: 'ml-platform' } },
      'setting-refused',
    ],
    [
      'I-35 the address of a task',
      { environment: { MLFLOW_TRACKING_URI: 'http://10.0.1.173:5000' } },
      'private-address',
    ],
    [
      'I-43 a name of another namespace',
      { environment: { MLFLOW_TRACKING_URI: 'http://mlflow.other.local' } },
      'name-outside-namespace',
    ],
    [
      'I-17 the own name',
      { environment: { MLFLOW_TRACKING_URI: 'http://api.hokusai.local:8001' } },
      'upstream-loop',
    ],
    [
      'D-42 a public name with the addresses of the own load balancer',
      { environment: { MLFLOW_TRACKING_URI: 'https://registry.example.com/mlflow' } },
      'upstream-loop',
    ],
  ])('%s is found', async (_what, template, rule) => {
    const { rules, drift } = await run({ template });
    expect(rules).toContain(rule);
    expect(drift).toBe(rules.length);
  });

  test.each<[string, object, string]>([
    ['marked for deletion', { DeletedDate: 1_700_000_000 }, 'marked for deletion'],
    ['never written', { VersionIdsToStages: {} }, 'no current value'],
  ])('finds a secret that is %s', async (_what, change, says) => {
    const { failed } = await run({
      secretsManager: (operations) => ({
        ...operations,
        DescribeSecret: (input) => ({ ...operations.DescribeSecret?.(input), ...change }),
      }),
    });
    expect(failed.map(({ detail }) => detail)).toEqual(Array(2).fill(expect.stringContaining(says)));
  });

  test('I-44 finds two images under one tag', async () => {
    const { failed } = await run({
      ecs: (operations) => ({
        ...operations,
        DescribeTasks: (input) => {
          const answer = operations.DescribeTasks?.(input) as { tasks: { containers: object[] }[] };
          return {
            tasks: answer.tasks.map((task, index) => ({
              ...task,
              containers: [{ name: 'api', imageDigest: `sha256:${String(index).repeat(64)}` }],
            })),
          };
        },
      }),
    });
    expect(failed).toMatchObject([{ evidence: { rule: 'image-moved' } }]);
    expect(failed[0]?.detail).toContain('sha256:000000000000');
  });
});

describe('what the drift check cannot look at', () => {
  const named = (checks: Check[]) =>
    checks.map(({ target, ok, skipped, reason, detail }) => [target, skipped ? reason : ok ? 'ok' : detail]);

  test('is skipped with the reason: no tag of a deployment, no role to simulate', async () => {
    const { checks, drift } = await run({
      template: { tags: [], environment: { DATABASE_HOST: 'db.example.com' } },
      settings: { ECS_EXECUTION_ROLE: '' },
    });
    expect(named(checks)).toEqual([
      ['task definition api:1', 'ok'],
      [
        'revision that was deployed',
        'the service has no tag breakwater:task-definition, so that nobody knows which revision was deployed',
      ],
      ['access of the execution role', 'ECS_EXECUTION_ROLE is not set'],
    ]);
    expect(drift).toBe(0);
  });

  test.each<[string, Options, string, string]>([
    ['the tasks', { ecs: denied('ListTasks') }, 'images of the tasks', 'ecs:ListTasks and ecs:DescribeTasks'],
    [
      'the policies',
      { iam: denied('SimulatePrincipalPolicy') },
      'access of the execution role',
      'iam:SimulatePrincipalPolicy',
    ],
  ])(
    'fails as a check of its own when this role may not ask for %s',
    async (_what, options, target, call) => {
      const { failed, drift } = await run(options);
      expect(failed[0]).toMatchObject({ target, cause: 'UNKNOWN', detail: `this role may not call ${call}` });
      expect(drift).toBe(0);
    },
  );

  test('is a grant of its own that is missing for a secret that was deployed, and a foreign secret for another', async () => {
    const deployed = await run({ secretsManager: denied('DescribeSecret') });
    expect(deployed.failed.map(({ target, detail }) => [target, detail])).toEqual(
      ['hokusai/application-Twin00', 'hokusai/redis-Twin00'].map((name) => [
        `secret ${name}`,
        'this role may not call secretsmanager:DescribeSecret',
      ]),
    );
    const other = await run({
      template: {
        tags: [
          { Key: deployedRevisionTag, Value: 'arn:aws:ecs:us-east-1:000000000000:task-definition/api:1' },
        ],
      },
      tasks: handMade,
      ecs: (operations) => ({
        ...operations,
        DescribeTaskDefinition: (input) => {
          const answer = operations.DescribeTaskDefinition?.(input) as {
            taskDefinition: { containerDefinitions: { secrets: object[] }[] };
          };
          const [container] = answer.taskDefinition.containerDefinitions;
          if (!String(input.taskDefinition).endsWith(':2') || !container) return answer;
          const valueFrom = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:theirs-Twin00:password::';
          return {
            taskDefinition: {
              ...answer.taskDefinition,
              containerDefinitions: [{ ...container, secrets: [{ name: 'DATABASE_PASSWORD', valueFrom }] }],
            },
          };
        },
      }),
      secretsManager: denied('DescribeSecret'),
    });
    expect(other.failed.map(({ detail }) => detail)).toContainEqual(
      'DATABASE_PASSWORD refers to the secret theirs-Twin00, which is none of the secrets of this deployment: no new task starts',
    );
  });
});
