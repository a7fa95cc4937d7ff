import { describe, expect, test } from '@jest/globals';
import { missingGrants, ownFunctions, readableSecrets, wildcardActions } from './grants.ts';
import { cases, dereferenced, type Json, resourcesOf, synthesized } from './synthesized.ts';

describe.each(cases)('roles of %s', (_name, synthesis) => {
  const { environment, templates } = synthesis;

  test.each(Object.entries(templates))(
    'everything in %s may do what it is configured for',
    (_stack, template) => {
      expect(missingGrants(template)).toEqual([]);
    },
  );

  test.each(Object.entries(templates))(
    'no role of %s is allowed a whole family of actions',
    (_stack, template) => {
      expect(wildcardActions(template)).toEqual([]);
    },
  );

  test('every function reads the secrets that its environment names and no other', () => {
    for (const template of Object.values(templates)) {
      for (const { id, Properties } of ownFunctions(template)) {
        const named = Object.entries(Properties.Environment.Variables as Record<string, Json>)
          .filter(([name]) => name.endsWith('_SECRET_ID'))
          .map(([, value]) => JSON.stringify(value));
        expect([id, ...readableSecrets(template, Properties.Role).sort()]).toEqual([id, ...named.sort()]);
      }
    }
  });

  test('the operator token is read by the task role of the service alone, and stands in no environment', () => {
    const token = resourcesOf(templates.Data, 'AWS::SecretsManager::Secret').find(
      ({ Properties }) => Properties.Name === `${environment.project}/${environment.name}/admin-token`,
    );
    expect(token?.Properties.GenerateSecretString).toEqual({
      SecretStringTemplate: '{}',
      GenerateStringKey: 'token',
      ExcludePunctuation: true,
      PasswordLength: 48,
    });
    const isToken = (value: Json) => value === '*' || dereferenced(synthesis, value)?.Ref === token?.id;
    const readers = Object.values(templates).flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Role')
        .map(({ id }) => id)
        .filter((id) =>
          readableSecrets(template, { 'Fn::GetAtt': [id, 'Arn'] }).some((text) => isToken(JSON.parse(text))),
        ),
    );
    const tasks = resourcesOf(templates.Service, 'AWS::ECS::TaskDefinition');
    const api = tasks.find(({ Properties }) => Properties.Family === `hokusai-api-${environment.name}`);
    expect(readers).toEqual([api?.Properties.TaskRoleArn['Fn::GetAtt'][0]]);

    const variables = [
      ...Object.values(templates).flatMap((template) =>
        resourcesOf(template, 'AWS::Lambda::Function').flatMap(({ id, Properties }) =>
          Object.entries(Properties.Environment?.Variables ?? {}).map(([name, value]) => ({
            id,
            name,
            value,
          })),
        ),
      ),
      ...tasks.flatMap(({ id, Properties }) =>
        Properties.ContainerDefinitions.flatMap(({ Environment = [], Secrets = [] }: Json) => [
          ...Environment.map(({ Name: name, Value: value }: Json) => ({ id, name, value })),
          ...Secrets.map(({ Name: name, ValueFrom: value }: Json) => ({ id, name, value })),
        ]),
      ),
    ];
    const named = variables.filter(({ name, value }) => name.startsWith('ADMIN_TOKEN') || isToken(value));
    expect(named.map(({ id, name }) => [id, name])).toEqual([[api?.id, 'ADMIN_TOKEN_SECRET_ID']]);
    expect(named.every(({ value }) => isToken(value))).toBe(true);
    expect(JSON.stringify(variables)).not.toContain('resolve:secretsmanager');
  });

  test('only the bootstrap function may read the secret of the master user', () => {
    const readers = Object.values(templates).flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Policy').filter(({ Properties }) =>
        JSON.stringify(Properties).includes('MasterUserSecret.SecretArn'),
      ),
    );
    expect(readers.map(({ id }) => id)).toEqual([expect.stringMatching(/^Bootstrap/)]);
  });
});

describe('a role that lacks what its function needs is reported', () => {
  const without = (stack: 'Data' | 'Service' | 'Observability', pattern: RegExp): string[] => {
    const template = structuredClone(synthesized.production?.templates[stack]) as Json;
    for (const { Properties } of resourcesOf(template, 'AWS::IAM::Policy')) {
      const document = template.Resources && Properties.PolicyDocument;
      document.Statement = document.Statement.filter(
        (statement: Json) => !pattern.test(JSON.stringify(statement)),
      );
    }
    return missingGrants(template);
  };

  test.each([
    ['network interfaces', 'Data', /CreateNetworkInterface/, 'ec2:CreateNetworkInterface'],
    ['log streams', 'Observability', /logs:PutLogEvents/, 'logs:PutLogEvents'],
    ['a secret in the environment of a function', 'Observability', /GetSecretValue/, 'DATABASE_SECRET_ID'],
    ['an injected secret', 'Service', /GetSecretValue/, 'DATABASE_PASSWORD'],
    ['running the migration', 'Service', /ecs:RunTask/, 'ecs:RunTask'],
    ['sending messages', 'Service', /sqs:SendMessage/, 'sqs:SendMessage'],
  ] as const)('%s', (_what, stack, pattern, expected) => {
    expect(without(stack, pattern).join('\n')).toContain(expected);
  });
});
