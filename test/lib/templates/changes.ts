import { describe, expect, test } from '@jest/globals';
import { type WatchedCalls, watchedCalls } from '../../../core/changes/index.ts';
import { allowedActions, ownFunctions } from './grants.ts';
import { cases, type Json, resourcesOf, theOne } from './synthesized.ts';

/** As long as what CloudFormation puts in the place of a reference can be; an account number is shorter. */
const reference = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(reference);
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  if ('Fn::Join' in value) return value['Fn::Join'][1].map(reference).join(value['Fn::Join'][0]);
  if ('Ref' in value && value.Ref === 'AWS::AccountId') return '123456789012';
  if ('Fn::GetStackOutput' in value) return 'x'.repeat(/TargetGroup|LoadBalancerTasks/.test(text) ? 110 : 21);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reference(item)]));
};

/** Characters of an event pattern (EventBridge quotas). */
const longestPattern = 2048;

describe.each(cases)('changes of %s', (_name, { environment, templates }) => {
  const template = templates.Observability;
  const prefix = `${environment.project}-${environment.name}`;
  const recorder = ownFunctions(template).find(
    ({ Properties }) => Properties.FunctionName === `${prefix}-change-recorder`,
  );
  const rules = resourcesOf(template, 'AWS::Events::Rule').filter(
    ({ Properties }) => Properties.EventPattern,
  );

  test('every call of the table is watched by one rule, those of the cache where there is one', () => {
    const watched = rules.flatMap(({ Properties: { EventPattern: pattern } }) => {
      expect(pattern['detail-type']).toEqual(['AWS API Call via CloudTrail']);
      expect(pattern.source).toHaveLength(1);
      return pattern.detail.eventName.map((name: string) => `${pattern.source[0]} ${name}`);
    });
    const wanted = Object.values<WatchedCalls>(watchedCalls)
      .filter(({ source }) => environment.cache.enabled || source !== 'aws.elasticache')
      .flatMap(({ source, calls }) => calls.map((call) => `${source} ${call}`));
    expect(watched.sort()).toEqual(wanted.sort());
    expect(new Set(watched).size).toBe(watched.length);
  });

  test('each rule tells the recorder, may do so, and tries for hours', () => {
    for (const { id, Properties } of rules) {
      expect(Properties.State).toBe('ENABLED');
      const arn = { 'Fn::GetAtt': [recorder?.id, 'Arn'] };
      const policy = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 21_600 };
      expect(Properties.Targets).toEqual([{ Arn: arn, Id: 'Target0', RetryPolicy: policy }]);
      const permissions = resourcesOf(template, 'AWS::Lambda::Permission').filter(
        (one) => JSON.stringify(one.Properties.SourceArn) === JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] }),
      );
      expect(permissions.map((one) => one.Properties)).toMatchObject([
        { Action: 'lambda:InvokeFunction', FunctionName: arn, Principal: 'events.amazonaws.com' },
      ]);
    }
  });

  test('each rule is about this environment alone, but for calls whose request names no resource of it', () => {
    const open = rules.filter(({ Properties }) => !Properties.EventPattern.detail.requestParameters);
    expect(open.map(({ Properties }) => Properties.Description)).toEqual([
      `Changes of ${prefix}: attachments`,
    ]);
  });

  test('each pattern is as short as EventBridge wants it', () => {
    for (const { id, Properties } of rules) {
      const { length } = JSON.stringify(reference(Properties.EventPattern));
      expect([id, length <= longestPattern]).toEqual([id, true]);
    }
  });

  test('every security group, route table and network ACL of the network is watched', () => {
    const text = JSON.stringify(rules.map(({ Properties }) => Properties.EventPattern));
    const outputs = Object.entries(templates.Data.Outputs ?? {});
    for (const type of [
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::RouteTable',
      'AWS::EC2::NetworkAcl',
      'AWS::EC2::VPC',
    ])
      for (const { id } of resourcesOf(templates.Data, type)) {
        const names = outputs.filter(([, { Value }]) => JSON.stringify(Value).includes(`"${id}"`));
        expect([id, names.some(([name]) => text.includes(name))]).toEqual([id, true]);
      }
    expect(text).toContain('DefaultNetworkAcl');
    const [byId, byRequest] = rules
      .flatMap(({ Properties }) => Properties.EventPattern.detail.requestParameters?.$or ?? [])
      .filter((one: Json) => 'groupId' in one || 'ModifySecurityGroupRulesRequest' in one);
    expect(byId.groupId).toEqual(byRequest.ModifySecurityGroupRulesRequest.GroupId);
  });

  test('the recorder stands outside the VPC, writes into the audit log group, and may do nothing else', () => {
    const { Properties } = recorder as Json;
    expect(Properties).not.toHaveProperty('VpcConfig');
    const group = template.Resources[Properties.LoggingConfig.LogGroup.Ref]?.Properties;
    expect(group).toEqual({
      LogGroupName: `/breakwater/${prefix}/changes`,
      RetentionInDays: environment.logDays,
    });
    expect(allowedActions(template, Properties.Role).sort()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(Object.keys(Properties.Environment.Variables).sort()).toEqual([
      ...['CHANGES_BY_FUNCTIONS', 'CHANGES_BY_ROLES', 'ENVIRONMENT', 'NODE_OPTIONS'],
    ]);
  });

  test('rotations, which change secrets on their schedule, run in functions that it knows', () => {
    const known = recorder?.Properties.Environment.Variables.CHANGES_BY_FUNCTIONS;
    const names = resourcesOf(templates.Data, 'AWS::SecretsManager::RotationSchedule').map(
      ({ Properties }) => Properties.HostedRotationLambda.RotationLambdaName,
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name.startsWith(known)).toBe(true);
  });

  test('a trail of the calls that write is there, unless the environment names one', () => {
    if (environment.audit) {
      expect(JSON.stringify(templates)).not.toContain('AWS::CloudTrail::Trail');
      return;
    }
    const { Properties } = theOne(template, 'AWS::CloudTrail::Trail');
    expect(Properties).toMatchObject({
      IsLogging: true,
      EnableLogFileValidation: true,
      IsMultiRegionTrail: false,
      IncludeGlobalServiceEvents: false,
      EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }],
    });
    const bucket = template.Resources[Properties.S3BucketName.Ref];
    expect(bucket?.DeletionPolicy).toBe('Retain');
    expect(bucket?.Properties).toMatchObject({
      BucketEncryption: expect.anything(),
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: environment.logDays, Status: 'Enabled' }] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });
});
