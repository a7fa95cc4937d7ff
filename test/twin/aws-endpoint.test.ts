import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AwsEndpoint,
  createSecrets,
  ecsOperations,
  rdsOperations,
  type SecretStore,
  secretsManagerOperations,
  startAwsEndpoint,
  type TaskState,
} from '../../twin/aws/index.ts';
import { createFixture, type Fixture } from './template-fixture.ts';

const getAtt = (id: string, attribute: string) => ({ 'Fn::GetAtt': [id, attribute] });

const secret = (name: string, template: unknown, key: string, length = 40) => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties: {
    Name: name,
    GenerateSecretString: {
      SecretStringTemplate: template,
      GenerateStringKey: key,
      PasswordLength: length,
      ExcludeCharacters: ' /@"',
    },
  },
});

const container = {
  Name: 'api',
  Image: 'image',
  Environment: [
    { Name: 'DATABASE_NAME', Value: 'mlflow_db' },
    { Name: 'DATABASE_HOST', Value: getAtt('Instance', 'Endpoint.Address') },
  ],
  Secrets: [
    {
      Name: 'DATABASE_PASSWORD',
      ValueFrom: { 'Fn::Join': ['', [{ Ref: 'Application' }, ':password::']] },
    },
  ],
  LogConfiguration: { LogDriver: 'awslogs', Options: { Mode: 'non-blocking' } },
};

describe('the local AWS endpoint answers the real SDK', () => {
  let fixture: Fixture;
  let endpoint: AwsEndpoint;
  let secrets: SecretStore;
  const tasks: TaskState = { revisions: [] };
  let clients: { secrets: SecretsManagerClient; rds: RDSClient; ecs: ECSClient };

  beforeAll(async () => {
    fixture = createFixture({
      data: {
        Resources: {
          Instance: {
            Type: 'AWS::RDS::DBInstance',
            Properties: {
              DBInstanceIdentifier: 'hokusai-dev',
              DBName: 'mlflow_db',
              MasterUsername: 'owner',
              Engine: 'postgres',
              ManageMasterUserPassword: true,
            },
          },
          Application: secret(
            'hokusai/application',
            {
              'Fn::Join': [
                '',
                [
                  '{"engine":"postgres","username":"mlflow","dbname":"mlflow_db","host":"',
                  getAtt('Instance', 'Endpoint.Address'),
                  '","port":',
                  getAtt('Instance', 'Endpoint.Port'),
                  '}',
                ],
              ],
            },
            'password',
          ),
          Token: secret('hokusai/redis', '{}', 'auth_token', 64),
          Bare: {
            Type: 'AWS::SecretsManager::Secret',
            Properties: { Name: 'hokusai/attached', SecretString: '{"username":"u"}' },
          },
          Attachment: {
            Type: 'AWS::SecretsManager::SecretTargetAttachment',
            Properties: {
              SecretId: { Ref: 'Bare' },
              TargetId: { Ref: 'Instance' },
              TargetType: 'AWS::RDS::DBInstance',
            },
          },
          Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'hokusai' } },
          Task: {
            Type: 'AWS::ECS::TaskDefinition',
            Properties: { Family: 'hokusai-api', Cpu: '512', ContainerDefinitions: [container] },
          },
          Service: {
            Type: 'AWS::ECS::Service',
            Properties: {
              ServiceName: 'api',
              Cluster: { Ref: 'Cluster' },
              TaskDefinition: { Ref: 'Task' },
              DesiredCount: 2,
            },
          },
        },
      },
    });
    const { assembly, resolve } = fixture;
    secrets = createSecrets(assembly, resolve, { username: 'owner', password: 'p@ss/w#rd?%' });
    endpoint = await startAwsEndpoint({
      secretsManager: secretsManagerOperations(secrets),
      rds: rdsOperations(assembly, resolve, { status: 'available' }),
      ecs: ecsOperations(assembly, resolve, tasks),
    });
    const config = {
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'twin', secretAccessKey: 'twin' },
      maxAttempts: 1,
    };
    clients = {
      secrets: new SecretsManagerClient(config),
      rds: new RDSClient(config),
      ecs: new ECSClient(config),
    };
  });
  afterAll(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await endpoint.close();
    fixture.remove();
  });

  const valueOfSecret = async (SecretId: string) =>
    JSON.parse((await clients.secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '');

  describe('Secrets Manager', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:hokusai/application';

    test('gives the secret of the application with its keys, by name, by ARN and by ARN without suffix', async () => {
      const value = await valueOfSecret('hokusai/application');
      expect(value).toMatchObject({
        ...{ engine: 'postgres', host: 'localhost', port: 55432, dbname: 'mlflow_db', username: 'mlflow' },
      });
      expect(value.password).toMatch(/^[^ /@"]{40}$/);
      expect(await valueOfSecret(`${arn}-Twin00`)).toEqual(value);
      expect(await valueOfSecret(arn)).toEqual(value);
    });

    test('gives the secret that RDS makes for the master user, to whoever has its ARN from the template', async () => {
      const [instance] = fixture.assembly.ofType('AWS::RDS::DBInstance');
      const masterArn = fixture.resolve(
        getAtt('Instance', 'MasterUserSecret.SecretArn'),
        instance?.stack as never,
      );
      expect(await valueOfSecret(String(masterArn))).toEqual({ username: 'owner', password: 'p@ss/w#rd?%' });
    });

    test('gives the token of the cache under its key, and an attached secret with the address', async () => {
      expect((await valueOfSecret('hokusai/redis')).auth_token).toHaveLength(64);
      expect(await valueOfSecret('hokusai/attached')).toEqual({
        ...{ username: 'u', engine: 'postgres', host: 'localhost', port: 55432, dbname: 'mlflow_db' },
        dbInstanceIdentifier: 'hokusai-dev',
      });
    });

    test('gives another version after the secret has changed', async () => {
      const get = new GetSecretValueCommand({ SecretId: 'hokusai/redis' });
      const before = await clients.secrets.send(get);
      secrets.put('hokusai/redis', '{"auth_token":"new"}');
      const after = await clients.secrets.send(get);
      expect(after.SecretString).toBe('{"auth_token":"new"}');
      expect(after.VersionId).not.toBe(before.VersionId);
    });

    test('has no secret that the template does not have', async () => {
      await expect(valueOfSecret('hokusai/none')).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: "Secrets Manager can't find the specified secret.",
      });
    });
  });

  describe('RDS', () => {
    test('describes the instance with the address of the twin’s own server', async () => {
      const { DBInstances } = await clients.rds.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'hokusai-dev' }),
      );
      expect(DBInstances).toMatchObject([
        {
          DBInstanceIdentifier: 'hokusai-dev',
          DBInstanceStatus: 'available',
          DBName: 'mlflow_db',
          MasterUsername: 'owner',
          Engine: 'postgres',
          Endpoint: { Address: 'localhost', Port: 55432 },
          MultiAZ: false,
        },
      ]);
    });

    test('lists every instance when none is named', async () => {
      expect((await clients.rds.send(new DescribeDBInstancesCommand({}))).DBInstances).toHaveLength(1);
    });

    test('has no instance that the template does not have', async () => {
      const wrong = new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'other' });
      await expect(clients.rds.send(wrong)).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    });
  });

  describe('ECS', () => {
    const describeService = async () => {
      const { services, failures } = await clients.ecs.send(
        new DescribeServicesCommand({ cluster: 'hokusai', services: ['api', 'none'] }),
      );
      expect(failures).toMatchObject([{ reason: 'MISSING' }]);
      return services?.[0];
    };

    test('tells the task definition that runs, with environment and secrets resolved', async () => {
      const service = await describeService();
      expect(service).toMatchObject({
        status: 'ACTIVE',
        runningCount: 2,
        deployments: [
          { status: 'PRIMARY', rolloutState: 'COMPLETED', taskDefinition: service?.taskDefinition },
        ],
      });
      const { taskDefinition } = await clients.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }),
      );
      expect(taskDefinition).toMatchObject({ family: 'hokusai-api', revision: 1, cpu: '512' });
      expect(taskDefinition?.containerDefinitions).toMatchObject([
        {
          name: 'api',
          environment: [
            { name: 'DATABASE_NAME', value: 'mlflow_db' },
            { name: 'DATABASE_HOST', value: 'localhost' },
          ],
          secrets: [{ name: 'DATABASE_PASSWORD', valueFrom: expect.stringMatching(/-Twin00:password::$/) }],
          logConfiguration: { options: { Mode: 'non-blocking' } },
        },
      ]);
    });

    test('tells the newer revision after somebody has registered one, and still knows the one before', async () => {
      tasks.revisions.push({ environment: { DATABASE_NAME: 'mlflow' } });
      const service = await describeService();
      tasks.revisions.pop();
      expect(service?.taskDefinition).toMatch(/hokusai-api:2$/);
      tasks.revisions.push({ environment: { DATABASE_NAME: 'mlflow' } });
      const nameIn = async (taskDefinition: string) =>
        (await clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition
          ?.containerDefinitions?.[0]?.environment?.[0]?.value;
      expect([
        await nameIn('hokusai-api:1'),
        await nameIn('hokusai-api:2'),
        await nameIn('hokusai-api'),
      ]).toEqual(['mlflow_db', 'mlflow', 'mlflow']);
      tasks.revisions.pop();
    });

    test('lists and describes the tasks that run', async () => {
      const { taskArns } = await clients.ecs.send(
        new ListTasksCommand({ cluster: 'hokusai', serviceName: 'api' }),
      );
      expect(taskArns).toHaveLength(2);
      const described = await clients.ecs.send(
        new DescribeTasksCommand({ cluster: 'hokusai', tasks: taskArns }),
      );
      expect(described.tasks?.map(({ lastStatus }) => lastStatus)).toEqual(['RUNNING', 'RUNNING']);
    });

    test('refuses a cluster and a task definition that the template does not have', async () => {
      await expect(
        clients.ecs.send(new DescribeServicesCommand({ cluster: 'none', services: ['api'] })),
      ).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
      await expect(
        clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'hokusai-api:9' })),
      ).rejects.toMatchObject({ name: 'ClientException' });
    });
  });

  test('refuses a call that it does not know, in each protocol, and remembers its name', async () => {
    await expect(clients.secrets.send(new ListSecretsCommand({}))).rejects.toThrow(
      'secretsmanager.ListSecrets',
    );
    await expect(clients.ecs.send(new ListClustersCommand({}))).rejects.toThrow('ListClusters');
    await expect(clients.rds.send(new DescribeDBClustersCommand({}))).rejects.toThrow(
      'rds.DescribeDBClusters',
    );
    expect([...endpoint.unknown]).toEqual([
      'secretsmanager.ListSecrets',
      'AmazonEC2ContainerServiceV20141113.ListClusters',
      'rds.DescribeDBClusters',
    ]);
  });
});
