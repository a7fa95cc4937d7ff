import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { projectRoot } from '../../../lib/project-root.ts';
import { allowedActions, ownFunctions, readableSecrets } from './grants.ts';
import { cases, dereferenced, type Json, resourcesOf, theOne } from './synthesized.ts';

describe.each(cases)('the function for messages of %s', (_name, synthesis) => {
  const { environment, templates } = synthesis;
  const template = templates.Observability;
  const { Properties } = ownFunctions(template).find(
    (one) => one.Properties.FunctionName === `${environment.project}-${environment.name}-message-operations`,
  ) as Json;
  const { Variables } = Properties.Environment;
  const secretOf = (value: Json): string =>
    templates.Data.Resources[dereferenced(synthesis, value).Ref]?.Properties.Name;

  test('stands where the tasks stand, and nothing runs it by itself', () => {
    const service = theOne(templates.Service, 'AWS::ECS::Service');
    const { Subnets, SecurityGroups } = service.Properties.NetworkConfiguration.AwsvpcConfiguration;
    expect(Properties.VpcConfig).toMatchObject({ SubnetIds: Subnets, SecurityGroupIds: SecurityGroups });
    expect(JSON.stringify(resourcesOf(template, 'AWS::Events::Rule'))).not.toContain('MessageOperations');
    expect(JSON.stringify(resourcesOf(template, 'AWS::Lambda::Permission'))).not.toContain(
      'MessageOperations',
    );
  });

  test('logs in as its own role, to which the migrations grant, and is not told how the service does', () => {
    expect(Object.keys(Variables)).not.toContain('DATABASE_USER');
    expect(Object.keys(Variables)).not.toContain('DATABASE_SECRET_ID');
    expect(secretOf(Variables.MESSAGE_OPERATIONS_SECRET_ID)).toMatch(/\/database\/message-operations$/);
    const secret = resourcesOf(templates.Data, 'AWS::SecretsManager::Secret').find(
      ({ Properties: { Name } }) => Name?.endsWith('/database/message-operations'),
    );
    const content = JSON.stringify(secret?.Properties.GenerateSecretString.SecretStringTemplate);
    const [, user] = /\\"username\\":\\"(\w+)\\"/.exec(content) ?? [];
    const migration = 'service/migration/migrations/0004_outbox-operations.sql';
    expect(readFileSync(join(projectRoot, migration), 'utf8')).toContain(`rolname = '${user}'`);
  });

  test('reads the token of Redis only where Redis carries the messages', () => {
    const carries = environment.settings.MESSAGE_QUEUE_TYPE === 'redis';
    expect(Variables.MESSAGE_QUEUE_TYPE).toBe(environment.settings.MESSAGE_QUEUE_TYPE);
    expect(Object.keys(Variables).some((name) => name.startsWith('REDIS_'))).toBe(carries);
    const secrets = readableSecrets(template, Properties.Role).map((text) => secretOf(JSON.parse(text)));
    expect(secrets.map((name) => name.split('/').slice(2).join('/')).sort()).toEqual([
      'database/message-operations',
      ...(carries ? ['redis/auth-token'] : []),
    ]);
  });

  test('may do nothing in AWS but log, be traced, stand in its subnets and read those secrets', () => {
    const others = allowedActions(template, Properties.Role).filter(
      (action) =>
        !/^(logs:(CreateLogStream|PutLogEvents)|xray:Put\w+|secretsmanager:(GetSecretValue|DescribeSecret))$/.test(
          action,
        ) &&
        !/^ec2:(Assign|Unassign)PrivateIpAddresses$|^ec2:\w+NetworkInterfaces?$|^ec2:DescribeSubnets$/.test(
          action,
        ),
    );
    expect(others).toEqual([]);
  });

  test('has the time that the longest redrive takes, and more', () => {
    expect(Properties.Timeout).toBe(300);
  });
});
