import { afterAll, describe, expect, test } from '@jest/globals';
import { createSecrets } from '../../twin/aws/index.ts';
import { migrationContainer, secretValue } from '../../twin/tasks.ts';
import { createFixture } from './template-fixture.ts';

const task = (name: string, command?: string[]) => ({
  Type: 'AWS::ECS::TaskDefinition',
  Properties: {
    Family: name,
    ContainerDefinitions: [
      {
        Name: name,
        ...(command && { Command: command }),
        Environment: [{ Name: 'DATABASE_HOST', Value: { 'Fn::GetAtt': ['Instance', 'Endpoint.Address'] } }],
        Secrets: [
          {
            Name: 'DATABASE_PASSWORD',
            ValueFrom: { 'Fn::Join': ['', [{ Ref: 'Secret' }, ':password::']] },
          },
        ],
      },
    ],
  },
});

const resources = {
  Instance: { Type: 'AWS::RDS::DBInstance', Properties: {} },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { Name: 'app', SecretString: '{"password":"p@ss","port":5432}' },
  },
  Api: task('api'),
};

const fixture = createFixture({
  s: { Resources: { ...resources, Migrate: task('one-shot', ['node', 'migrate.mjs']) } },
});
const without = createFixture({ s: { Resources: resources } });
const secrets = createSecrets(fixture.assembly, fixture.resolve, { username: '', password: '' });
afterAll(() => {
  fixture.remove();
  without.remove();
});

describe('the migration task', () => {
  test('is found by its command, and has its environment and the keys of its secrets', () => {
    expect(migrationContainer(fixture.assembly, fixture.resolve, secrets)).toEqual({
      taskDefinition: 'arn:aws:ecs:us-east-1:000000000000:task-definition/one-shot:1',
      container: 'one-shot',
      environment: { DATABASE_HOST: 'localhost', DATABASE_PASSWORD: 'p@ss' },
    });
  });

  test('is missed with a message where the template has none', () => {
    expect(() => migrationContainer(without.assembly, without.resolve, secrets)).toThrow('has 0 containers');
  });
});

describe('a secret of a task', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:app-Twin00';

  test('is one key of it, or the whole', () => {
    expect(secretValue(secrets, `${arn}:port::`)).toBe('5432');
    expect(secretValue(secrets, arn)).toBe('{"password":"p@ss","port":5432}');
  });

  test('that is not there, or lacks the key, is named', () => {
    expect(() => secretValue(secrets, `${arn}:user::`)).toThrow('Secret app has no key user');
    expect(() => secretValue(secrets, arn.replace('app', 'other'))).toThrow('other-Twin00');
  });
});
