import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type WatchedCalls, watchedCalls } from '../../core/changes/index.ts';
import { recordChange } from '../../lambdas/change-recorder/record.ts';
import { readEmbeddedMetrics } from '../../twin/metrics/index.ts';
import { assumedRole, event, samples, user } from './change-events.ts';

const now = Date.parse('2026-03-02T10:18:00Z');
const options = {
  environment: 'production',
  own: { functions: 'hokusai-production-rotate-', roles: 'hokusai-production-' },
  now: () => now,
};

const recorded = (of: object) => {
  const result = recordChange(of, options);
  if (!result) throw new Error('Nothing was recorded.');
  const counts = (readEmbeddedMetrics(result.line) ?? []).map(({ name, values }) => [name, ...values]);
  return { ...result, fields: JSON.parse(result.line), counts: Object.fromEntries(counts) };
};

const admin = 'arn:aws:sts::123456789012:assumed-role';

const scenarios: [name: keyof typeof samples, action: string, target: string, actor: string, how: string][] =
  [
    [
      'a user who opens a security group',
      'AuthorizeSecurityGroupIngress',
      'sg-0123456789abcdef0',
      'arn:aws:iam::123456789012:user/alice',
      'hand',
    ],
    [
      'a rule of a group that is changed in the console',
      'ModifySecurityGroupRules',
      'sg-0123456789abcdef0',
      `${admin}/Admin/alice@example.com`,
      'hand',
    ],
    [
      'a password of the database that is set by hand',
      'ModifyDBInstance',
      'hokusai-production',
      `${admin}/AWSReservedSSO_Admin_0f/alice@example.com`,
      'hand',
    ],
    [
      'a stack that is deployed',
      'UpdateService',
      'hokusai-api-production hokusai-production',
      `${admin}/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1/AWSCloudFormation`,
      'deployment',
    ],
    [
      'the rotation of a secret',
      'PutSecretValue',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:hokusai/production/database/application-a1B2c3',
      `${admin}/hokusai-production-data-Rotation-1A2B/hokusai-production-rotate-application`,
      'automation',
    ],
    [
      'a service that is scaled',
      'UpdateService',
      'hokusai-api-production hokusai-production',
      `${admin}/AWSServiceRoleForApplicationAutoScaling_ECSService/AutoScaling-UpdateDesiredCapacity`,
      'automation',
    ],
  ];

describe('the line of a change', () => {
  test.each(scenarios)('of %s says what, on what, who and how', (name, action, target, actor, how) => {
    const { fields, change } = recorded(samples[name]);
    expect(change).toMatchObject({ action, target, actor, how });
    expect(fields).toMatchObject({ ...change, audit: true, msg: 'configuration change' });
  });

  test('says when, from where, and which event of the trail has the rest', () => {
    expect(recorded(samples['a user who opens a security group']).change).toMatchObject({
      at: '2026-03-02T10:15:30.000Z',
      address: '203.0.113.7',
      service: 'ec2.amazonaws.com',
      region: 'us-east-1',
      eventId: 'a3c1efab-1658-43ea-af24-7fbdf4363ef2',
    });
  });

  test.each(scenarios)(
    'of %s counts, at the time of the call, what was done by hand twice',
    (name, ...rest) => {
      const { line, counts } = recorded(samples[name]);
      expect(counts).toEqual({
        ConfigurationChanges: 1,
        ...(rest.at(-1) === 'hand' && { ConfigurationChangesByHand: 1 }),
      });
      for (const { at, dimensions } of readEmbeddedMetrics(line) ?? [])
        expect([at, dimensions]).toEqual([Date.parse('2026-03-02T10:15:30Z'), { Environment: 'production' }]);
    },
  );

  test('of a call that was refused says so, and counts nothing: nothing changed', () => {
    const { line, change } = recorded(samples['a call that is refused']);
    expect(change).toMatchObject({
      error: 'AccessDenied',
      target: 'something of rds.amazonaws.com',
      how: 'hand',
    });
    expect(readEmbeddedMetrics(line)).toBeUndefined();
  });

  test('of a call with many names repeats five', () => {
    const names = Array.from({ length: 9 }, (_, index) => `/hokusai/production/${index}`);
    const { change } = recorded(
      event({
        eventSource: 'ssm.amazonaws.com',
        eventName: 'DeleteParameters',
        requestParameters: { names },
      }),
    );
    expect(change.target).toBe(`${names.slice(0, 5).join(' ')} and 4 more`);
  });

  test('counts an event that is too old, or of a clock that is ahead, as of now', () => {
    for (const eventTime of ['2026-01-01T00:00:00Z', '2026-03-09T00:00:00Z', 'yesterday']) {
      const { line } = recorded(
        event({ eventSource: 'rds.amazonaws.com', eventName: 'RebootDBInstance', eventTime }),
      );
      expect((readEmbeddedMetrics(line) ?? []).map(({ at }) => at)).toEqual([now, now]);
    }
  });
});

describe('by hand is', () => {
  const how = (userIdentity: object, sourceIPAddress = '203.0.113.7') =>
    recorded(
      event({
        eventSource: 'rds.amazonaws.com',
        eventName: 'ModifyDBInstance',
        userIdentity,
        sourceIPAddress,
      }),
    ).change.how;
  const lambda = 'arn:aws:lambda:us-east-1:123456789012:function';

  test.each<[string, object]>([
    ['what nobody is named for', {}],
    ['a user of the account', user],
    ['the root of the account', { type: 'Root', arn: 'arn:aws:iam::123456789012:root' }],
    ['somebody in the console', { ...user, invokedBy: 'signin.amazonaws.com' }],
    ['an automation that somebody has written', { ...user, invokedBy: 'ssm.amazonaws.com' }],
    [
      'a function that is not of the stack',
      assumedRole('Tool', 'tool', { inScopeOf: { sourceArn: `${lambda}:tool` } }),
    ],
    [
      'who names the session after a function of the stack and calls from another',
      assumedRole('Tool', 'hokusai-production-rotate-x', { inScopeOf: { sourceArn: `${lambda}:tool` } }),
    ],
    [
      'who names the session after a function of the stack, in a role of another',
      assumedRole('Administrator', 'hokusai-production-rotate-x'),
    ],
    [
      'a role whose name only resembles that of the CDK',
      assumedRole('my-cdk-hnb659fds-deploy-role-1', 'alice'),
    ],
  ])('%s', (_who, identity) => {
    expect(how(identity)).toBe('hand');
  });

  test.each<[string, object, string]>([
    [
      'CloudFormation with the rights of a user',
      { ...user, invokedBy: 'cloudformation.amazonaws.com' },
      'deployment',
    ],
    [
      'the command line of the CDK',
      assumedRole('cdk-own1-deploy-role-123456789012-us-east-1', 'aws-cdk-x'),
      'deployment',
    ],
    ['a service of AWS', { type: 'AWSService', invokedBy: 'rds.amazonaws.com' }, 'automation'],
    [
      'a function of the stack',
      assumedRole('R', 'any', {
        inScopeOf: { sourceArn: `${lambda}:hokusai-production-rotate-capacity-probe` },
      }),
      'automation',
    ],
  ])('not %s', (_who, identity, expected) => {
    expect(how(identity)).toBe(expected);
  });
});

describe('what a request holds', () => {
  const rows = Object.values<WatchedCalls>(watchedCalls);
  const calls = rows.flatMap(({ source, calls: names, named }) =>
    names.map((eventName) => ({ eventSource: `${source.slice(4)}.amazonaws.com`, eventName, named })),
  );
  const secret = 'correct-horse-battery-staple';
  const holders = [
    ...[
      'masterUserPassword',
      'secretString',
      'secretBinary',
      'value',
      'authToken',
      'environment',
      'password',
    ],
    ...['containerDefinitions', 'overrides', 'command', 'description', 'tags', 'name', 'clientRequestToken'],
  ];

  test('never reaches the line, whatever it is called and however deep it stands, but for names of what is changed', () => {
    const value = fc.oneof(
      fc.constant(secret),
      fc.constant({ value: secret }),
      fc.constant([{ name: 'PASSWORD', value: secret }]),
      fc.constant(JSON.stringify({ password: secret })),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...calls),
        fc.dictionary(fc.oneof(fc.constantFrom(...holders), fc.string()), value),
        fc.constantFrom(undefined, 'InvalidParameterValue'),
        ({ eventSource, eventName, named }, requestParameters, errorCode) => {
          for (const path of named) delete requestParameters[path.split('.')[0] ?? ''];
          const { line } = recorded(
            event({
              ...{ eventSource, eventName, userIdentity: user, requestParameters, errorCode },
              ...{
                errorMessage: `${secret} is wrong`,
                responseElements: requestParameters,
                userAgent: secret,
              },
            }),
          );
          expect(line).not.toContain(secret);
          expect(line).not.toContain(user.accessKeyId);
        },
      ),
    );
  });

  test('is not repeated in the place of a name when it does not look like one', () => {
    const secretId = 'the secret is {"password":"x"}';
    const { change } = recorded(
      event({
        eventSource: 'secretsmanager.amazonaws.com',
        eventName: 'PutSecretValue',
        requestParameters: { secretId },
      }),
    );
    expect(change.target).toBe('something of secretsmanager.amazonaws.com');
  });
});

test.each([undefined, null, 'text', {}, { detail: {} }, { detail: { eventName: 7, eventSource: 'x' } }])(
  'what is no call of CloudTrail is not recorded: %p',
  (value) => {
    expect(recordChange(value, options)).toBeUndefined();
  },
);
