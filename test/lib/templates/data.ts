import { describe, expect, test } from '@jest/globals';
import { cases, dereferenced, resourcesOf, theOne } from './synthesized.ts';

describe.each(cases)('data of %s', (_name, synthesized) => {
  const { environment, templates } = synthesized;
  const data = templates.Data;
  const instance = theOne(data, 'AWS::RDS::DBInstance');

  test('the stack cannot be deleted by mistake', () => {
    expect(synthesized.terminationProtection).toBe(true);
  });

  test('the database is encrypted, private, kept in backups, and leaves a snapshot', () => {
    expect(instance.Properties).toMatchObject({
      Engine: 'postgres',
      EngineVersion: '17',
      StorageEncrypted: true,
      PubliclyAccessible: false,
      ManageMasterUserPassword: true,
      AutoMinorVersionUpgrade: true,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
      MultiAZ: environment.database.multiAz,
      DeletionProtection: environment.database.deletionProtection,
      BackupRetentionPeriod: environment.database.backupDays,
      DatabaseInsightsMode: 'standard',
    });
    expect(instance.DeletionPolicy).toBe('Snapshot');
    expect(instance.Properties.MasterUserPassword).toBeUndefined();
  });

  test('the log groups of the database exist before it, with an end to what they keep', () => {
    for (const log of ['postgresql', 'upgrade']) {
      const group = resourcesOf(data, 'AWS::Logs::LogGroup').find(
        ({ Properties }) =>
          Properties.LogGroupName === `/aws/rds/instance/${instance.Properties.DBInstanceIdentifier}/${log}`,
      );
      expect(group?.Properties.RetentionInDays).toBe(environment.logDays);
      expect(instance.DependsOn).toContain(group?.id);
    }
  });

  test('the database name is the same in RDS, secrets, bootstrap, tasks and probes', () => {
    const name = environment.database.name;
    expect(instance.Properties.DBName).toBe(name);
    const secrets = resourcesOf(data, 'AWS::SecretsManager::Secret')
      .map(({ Properties }) => JSON.stringify(Properties.GenerateSecretString.SecretStringTemplate))
      .filter((text) => text.includes('dbname'));
    expect(secrets).toHaveLength(3);
    for (const text of secrets) expect(text).toContain(`\\"dbname\\":\\"${name}\\"`);
    const environments = Object.values(templates).flatMap((template) => [
      ...resourcesOf(template, 'AWS::Lambda::Function').map(
        ({ Properties }) => Properties.Environment?.Variables,
      ),
      ...resourcesOf(template, 'AWS::ECS::TaskDefinition').map(({ Properties }) =>
        Object.fromEntries(
          Properties.ContainerDefinitions[0].Environment.map(
            ({ Name, Value }: { Name: string; Value: string }) => [Name, Value],
          ),
        ),
      ),
    ]);
    const named = environments.filter((variables) => variables?.DATABASE_HOST);
    expect(named).toHaveLength(8);
    for (const variables of named) {
      // The network-path probe only looks for the way there.
      expect(variables.DATABASE_NAME ?? (variables.NETWORK_CLIENT_SUBNETS && name)).toBe(name);
      expect(dereferenced(synthesized, variables.DATABASE_HOST)).toEqual({
        'Fn::GetAtt': [instance.id, 'Endpoint.Address'],
      });
      expect(dereferenced(synthesized, variables.DATABASE_PORT)).toEqual({
        'Fn::GetAtt': [instance.id, 'Endpoint.Port'],
      });
    }
  });

  test('every role of the database gets a new password every 30 days, after bootstrap made them', () => {
    const schedules = resourcesOf(data, 'AWS::SecretsManager::RotationSchedule');
    expect(schedules).toHaveLength(3);
    const [run] = resourcesOf(data, 'Custom::Trigger');
    for (const { Properties, DependsOn } of schedules) {
      expect(Properties.RotationRules.ScheduleExpression).toBe('rate(30 days)');
      expect(DependsOn).toContain(run?.id);
    }
    expect(run?.DependsOn).toContain(instance.id);
  });

  test('messages are ordered, encrypted, TLS only, and set aside after three deliveries', () => {
    const queues = resourcesOf(data, 'AWS::SQS::Queue');
    expect(queues).toHaveLength(2);
    for (const { Properties } of queues) {
      expect(Properties).toMatchObject({ FifoQueue: true, SqsManagedSseEnabled: true });
    }
    const redrive = queues.map(({ Properties }) => Properties.RedrivePolicy).filter(Boolean);
    expect(redrive).toEqual([expect.objectContaining({ maxReceiveCount: 3 })]);
    for (const { Properties } of resourcesOf(data, 'AWS::SQS::QueuePolicy')) {
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
    }
    expect(resourcesOf(data, 'AWS::SQS::QueuePolicy')).toHaveLength(2);
  });

  test('the upstream addresses are published once, and tasks and probes refer to them', () => {
    const values = resourcesOf(data, 'AWS::SSM::Parameter').map(({ Properties }) => [
      Properties.Name,
      Properties.Value,
    ]);
    expect(values).toEqual([
      [`/${environment.project}/${environment.name}/mlflow/tracking-uri`, environment.upstreams.mlflow],
      [`/${environment.project}/${environment.name}/auth/url`, environment.upstreams.auth],
    ]);
    for (const template of [templates.Service, templates.Observability]) {
      for (const address of Object.values(environment.upstreams)) {
        expect(JSON.stringify(template)).not.toContain(address);
      }
    }
  });
});

const withCache = cases.filter(([, { environment }]) => environment.cache.enabled);
const withoutCache = cases.filter(([, { environment }]) => !environment.cache.enabled);

test.each(withoutCache)('with the cache off, nothing of it remains in %s', (_name, { templates }) => {
  const text = JSON.stringify(templates);
  expect(text).not.toMatch(/ElastiCache|6379|auth_token|REDIS_(?!ENABLED)/);
  expect(text).toContain('{"Name":"REDIS_ENABLED","Value":"false"}');
});

test.each(withCache)('the cache of %s has TLS, a token and a node in reserve', (_name, { templates }) => {
  const { Properties } = theOne(templates.Data, 'AWS::ElastiCache::ReplicationGroup');
  expect(Properties).toMatchObject({
    TransitEncryptionEnabled: true,
    AtRestEncryptionEnabled: true,
    AutomaticFailoverEnabled: true,
    MultiAZEnabled: true,
  });
  expect(JSON.stringify(Properties.AuthToken)).toMatch(
    /resolve:secretsmanager:.*:SecretString:auth_token::}}/,
  );
  expect(JSON.stringify(templates.Service)).toContain('{"Name":"REDIS_ENABLED","Value":"true"}');
});
