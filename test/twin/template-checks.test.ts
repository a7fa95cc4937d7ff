import { describe, expect, test } from '@jest/globals';
import type { Properties } from '../../twin/template/index.ts';
import { templateProblems } from '../../twin/template-checks/index.ts';
import { startTwin } from '../../twin/twin.ts';
import { follows } from './alarm-fixture.ts';
import { createFixture } from './template-fixture.ts';

const problemsOf = (resources: Record<string, [type: string, properties: Properties]>): string[] => {
  const { assembly, resolve, remove } = createFixture({
    s: {
      Resources: Object.fromEntries(
        Object.entries(resources).map(([id, [type, properties]]) => [
          id,
          { Type: type.includes('::') ? type : `AWS::CloudWatch::${type}`, Properties: properties },
        ]),
      ),
    },
  });
  remove();
  return templateProblems(assembly, resolve);
};

const metric = (Id: string, change: object = {}) => ({
  ...{ Id, ReturnData: false },
  MetricStat: { Metric: { Namespace: 'N', MetricName: Id }, Period: 60, Stat: 'Sum' },
  ...change,
});
const math = (...Metrics: object[]): [string, Properties] => [
  'Alarm',
  {
    AlarmName: 'a',
    Metrics,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
  },
];
const composite = (AlarmRule: string): [string, Properties] => [
  'CompositeAlarm',
  { AlarmName: 'c', AlarmRule },
];
const dashboard = (body: unknown): [string, Properties] => [
  'Dashboard',
  { DashboardBody: typeof body === 'string' ? body : JSON.stringify(body) },
];
const widget = (change: object = {}) => ({
  ...{ type: 'metric', x: 0, y: 0, width: 12, height: 6, properties: {} },
  ...change,
});
const cache = (change: Properties): [string, Properties] => ['AWS::ElastiCache::ReplicationGroup', change];
const on = (Namespace: string, MetricName: string, ...names: string[]): [string, Properties] =>
  follows('a', { Namespace, MetricName, Dimensions: names.map((Name) => ({ Name, Value: 'v' })) });

describe('a template that is right', () => {
  test('has no problem', () => {
    expect(
      problemsOf({
        A: follows('a'),
        B: ['Alarm', { ...math(metric('m1'), { Id: 'e1', Expression: 'm1 * 2' })[1], AlarmName: 'b' }],
        C: composite('ALARM(a)'),
        D: dashboard({ widgets: [widget(), widget({ x: 12 }), widget({ width: 24, height: 1000 })] }),
        E: cache({ AuthToken: 'token', TransitEncryptionEnabled: true, CacheNodeType: 'cache.r7g.2xlarge' }),
        F: cache({ CacheNodeType: 'cache.t4g.micro' }),
      }),
    ).toEqual([]);
  });

  test('has none where only the evaluator does not know something', () => {
    expect(problemsOf({ A: follows('a', { EvaluationWindow: { SlidingWindow: {} } }) })).toEqual([]);
    expect(problemsOf({ A: math(metric('m1'), { Id: 'e1', Expression: 'LOG(m1)' }) })).toEqual([]);
  });
});

describe('a problem names the stack, the resource, the property, the value and what to write', () => {
  test.each<[string, Record<string, [string, Properties]>, string]>([
    [
      'a period',
      { R: follows('a', { Period: 45 }) },
      'fixture-s R: Alarm a: Period must be 10, 20, 30 or a multiple of 60 seconds, not 45.',
    ],
    [
      'M over N',
      { R: follows('a', { DatapointsToAlarm: 2 }) },
      'fixture-s R: Alarm a: DatapointsToAlarm is 2, more than EvaluationPeriods, 1.',
    ],
    [
      'more than a day',
      { R: follows('a', { EvaluationPeriods: 1441 }) },
      'EvaluationPeriods times Period is 86460 s, longer than CloudWatch looks back; at most 86400 s.',
    ],
    [
      'more than a week',
      { R: follows('a', { Period: 3600, EvaluationPeriods: 169 }) },
      'times Period is 608400 s, longer than CloudWatch looks back; at most 604800 s.',
    ],
    [
      'two ReturnData',
      { R: math(metric('m1'), { Id: 'e1', Expression: 'm1' }, { Id: 'e2', Expression: 'm1' }) },
      'e1 and e2 have ReturnData true',
    ],
    [
      'an undefined id',
      { R: math(metric('m1'), { Id: 'e1', Expression: 'm2 + 1' }) },
      '"m2 + 1" refers to m2, which no entry of Metrics has as its Id; there are m1, e1.',
    ],
    [
      'six actions',
      { R: follows('a', { OKActions: ['1', '2', '3', '4', '5', '6'] }) },
      'OKActions names 6 actions; at most 5.',
    ],
    [
      'a bad rule',
      { R: composite('ALARM(a'), A: follows('a') },
      'fixture-s R: Composite alarm c: AlarmRule ends where ")" should follow.',
    ],
    [
      'a strange alarm',
      { R: composite('ALARM(b)'), A: follows('a') },
      'AlarmRule refers to b, which is no alarm of the templates; write the ARN of one that is.',
    ],
    [
      'a name twice',
      { R: follows('a'), S: ['CompositeAlarm', { AlarmName: 'a', AlarmRule: 'TRUE' }] },
      'fixture-s S: AlarmName is a, as of fixture-s R; write another one.',
    ],
    ['a body', { R: dashboard('{"widgets":[') }, 'fixture-s R: DashboardBody is no JSON'],
    ['no widgets', { R: dashboard({}) }, 'DashboardBody has no list of widgets; write {"widgets":[]}.'],
    [
      'a wide widget',
      { R: dashboard({ widgets: [widget(), widget({ x: 13 })] }) },
      'DashboardBody widget 1: x + width is 25; write at most 24, the columns of a dashboard.',
    ],
    [
      'a widget outside',
      { R: dashboard({ widgets: [widget({ x: 24 })] }) },
      'widget 0: x is 24; write a whole number of 0 to 23.',
    ],
    [
      'a usual width',
      { R: dashboard({ widgets: [widget({ x: 20, width: undefined })] }) },
      'x + width is 26',
    ],
    [
      '501 widgets',
      { R: dashboard({ widgets: Array(501).fill(widget()) }) },
      'has 501 widgets; write at most 500.',
    ],
    [
      '501 metrics',
      { R: dashboard({ widgets: [widget({ properties: { metrics: Array(501).fill([]) } })] }) },
      'widget 0: the number of metrics is 501; write at most 500.',
    ],
    ['no type', { R: dashboard({ widgets: [{ properties: {} }] }) }, 'widget 0 has no type or no properties'],
    [
      'a token without TLS',
      { R: cache({ AuthToken: 'Secret-Token-Value' }) },
      'fixture-s R: AuthToken is set, and TransitEncryptionEnabled is absent; write true',
    ],
    [
      'a token with TLS off',
      { R: cache({ AuthToken: 'Secret-Token-Value', TransitEncryptionEnabled: false }) },
      'TransitEncryptionEnabled is false',
    ],
    [
      'a node type',
      { R: cache({ CacheNodeType: 'cache.t9.micro' }) },
      'fixture-s R: CacheNodeType is "cache.t9.micro", which is no node type',
    ],
  ])('%s', (_, resources, problem) => {
    const problems = problemsOf(resources);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(problems[0]).not.toContain('Secret-Token-Value');
  });
});

describe('everything that is invalid is told at once, and what only the evaluator does not know hides none of it', () => {
  test('of an alarm on one metric', () => {
    const change = {
      ...{ EvaluationWindow: {}, Statistic: undefined, ExtendedStatistic: 'tm99' },
      ...{ Period: 45, EvaluationPeriods: 1, DatapointsToAlarm: 7, Threshold: '1', ActionsEnabled: 'false' },
    };
    expect(problemsOf({ R: follows('a', change) })).toEqual([
      'fixture-s R: Alarm a: Period must be 10, 20, 30 or a multiple of 60 seconds, not 45.',
      'fixture-s R: Alarm a: DatapointsToAlarm is 7, more than EvaluationPeriods, 1.',
      'fixture-s R: Alarm a: Threshold must be a number, not "1".',
      'fixture-s R: Alarm a: ActionsEnabled must be true or false, not "false".',
    ]);
  });

  test('of an alarm on an expression', () => {
    const stat = { Metric: { Namespace: 'N', MetricName: 'm1' }, Period: 45, Stat: 'tm99' };
    const [type, properties] = math(
      metric('m1', { MetricStat: stat, AccountId: '1' }),
      { Id: 'e1', Expression: 'LOG(m1)', ReturnData: false },
      { Id: 'e2', Expression: 'SUM(m1)' },
    );
    expect(problemsOf({ R: [type, { ...properties, DatapointsToAlarm: 7 }] })).toEqual([
      expect.stringContaining('e2: in the expression "SUM(m1)" SUM of one series'),
      'fixture-s R: Alarm a: Period in Metrics must be 10, 20, 30 or a multiple of 60 seconds, not 45.',
      'fixture-s R: Alarm a: DatapointsToAlarm is 7, more than EvaluationPeriods, 1.',
    ]);
  });

  test('of an alarm on a search alone', () => {
    const search = { Id: 'e1', Expression: "SEARCH('{N,Id} x', 'Sum')" };
    expect(problemsOf({ R: math(search) })).toEqual([
      expect.stringContaining('SEARCH is not allowed in alarms'),
    ]);
  });

  test('of a composite alarm, and of a mute rule', () => {
    const [type, properties] = composite('ALARM(a');
    const rule = {
      ...{ Name: 'm', MuteTargets: { AlarmNames: [] } },
      Rule: { Schedule: { Expression: 'cron(0 2 * * *)', Duration: 'PT4H', Timezone: 'Europe/Berlin' } },
    };
    expect(problemsOf({ R: [type, { ...properties, Unheard: 1 }], M: ['AlarmMuteRule', rule] })).toEqual([
      'fixture-s R: Composite alarm c: AlarmRule ends where ")" should follow.',
      'fixture-s M: Alarm mute rule m: MuteTargets.AlarmNames must name 1 to 100 alarms, not 0.',
    ]);
  });
});

describe('a node type', () => {
  test.each([
    ...['cache.t4g.24xlarge', 'cache.t3.large', 'cache.m7g.micro', 'cache.m1.24xlarge', 'cache.r6gd.large'],
    ...['cache.m5.8xlarge', 'cache.toString.large', 'db.t4g.micro', 'cache.t4g.micro.', 'cache.m7g'],
  ])('%s does not exist', (CacheNodeType) => {
    expect(problemsOf({ R: cache({ CacheNodeType }) })).toEqual([
      expect.stringContaining(`fixture-s R: CacheNodeType is "${CacheNodeType}", `),
    ]);
  });

  test('whose family exists is answered with the sizes of that family', () => {
    expect(problemsOf({ R: cache({ CacheNodeType: 'cache.t4g.24xlarge' }) })[0]).toContain(
      'a size that t4g does not have; write cache.t4g. with one of micro, small, medium.',
    );
  });

  test.each([
    ...['cache.t2.medium', 'cache.m3.medium', 'cache.m4.10xlarge', 'cache.m5.24xlarge', 'cache.m8g.16xlarge'],
    ...['cache.c7gn.large', 'cache.r4.16xlarge', 'cache.r6gd.16xlarge', 'cache.r8g.12xlarge'],
  ])('%s exists', (CacheNodeType) => {
    expect(problemsOf({ R: cache({ CacheNodeType }) })).toEqual([]);
  });
});

describe('dimensions of metrics of AWS', () => {
  test.each<[string, string, string[]]>([
    ['AWS/ApplicationELB', 'UnHealthyHostCount', ['TargetGroup', 'LoadBalancer']],
    ['AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', ['LoadBalancer']],
    ['AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', ['LoadBalancer']],
    ['AWS/RDS', 'FreeStorageSpace', ['DBInstanceIdentifier']],
    ['AWS/ECS', 'MemoryUtilization', ['ClusterName', 'ServiceName']],
    ['ECS/ContainerInsights', 'RunningTaskCount', ['ClusterName', 'ServiceName']],
    ['AWS/ElastiCache', 'CurrConnections', ['CacheClusterId']],
    ['AWS/SNS', 'NumberOfNotificationsFailed', ['TopicName']],
    ['AWS/Events', 'FailedInvocations', ['RuleName']],
    ['AWS/SQS', 'ApproximateAgeOfOldestMessage', ['QueueName']],
    ['AWS/Lambda', 'Errors', ['FunctionName']],
    ['AWS/Unknown', 'Anything', ['X']],
    ['Breakwater', 'Up', ['Whatever']],
  ])('%s %s with %j are right', (namespace, name, dimensions) => {
    expect(problemsOf({ R: on(namespace, name, ...dimensions) })).toEqual([]);
  });

  test.each<[string, string, string[]]>([
    ['AWS/ApplicationELB', 'UnHealthyHostCount', ['LoadBalancer']],
    ['AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', ['LoadBalancer', 'TargetGroup']],
    ['AWS/RDS', 'FreeStorageSpace', ['DBInstanceId']],
    ['AWS/ECS', 'MemoryUtilization', ['ServiceName']],
    ['ECS/ContainerInsights', 'RunningTaskCount', ['ClusterName']],
    ['AWS/ElastiCache', 'CurrConnections', ['ReplicationGroupId']],
    ['AWS/SNS', 'NumberOfNotificationsFailed', ['Topic']],
    ['AWS/SQS', 'ApproximateAgeOfOldestMessage', []],
    ['AWS/Lambda', 'Errors', ['FunctionName', 'Environment']],
  ])('%s %s with %j are wrong', (namespace, name, dimensions) => {
    expect(problemsOf({ R: on(namespace, name, ...dimensions) })).toEqual([
      expect.stringContaining(`Dimensions of ${namespace} ${name} are`),
    ]);
  });

  test('are looked at in metric math too', () => {
    const stat = { Metric: { Namespace: 'AWS/SQS', MetricName: 'X' }, Period: 60, Stat: 'Sum' };
    expect(problemsOf({ R: math({ Id: 'm1', MetricStat: stat }) })).toEqual([
      'fixture-s R: Alarm a: Dimensions of AWS/SQS X are no dimension, and AWS publishes it with (QueueName) only; write one of these.',
    ]);
  });
});

test('the twin does not start with a problem, and names each', async () => {
  const { directory, remove } = createFixture({
    s: {
      Resources: {
        A: { Type: 'AWS::CloudWatch::Alarm', Properties: follows('a', { Period: 45 })[1] },
        D: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: '' } },
      },
    },
  });
  const starting = startTwin({
    ...{ environment: 'development', assembly: directory, progress: () => undefined },
    signal: AbortSignal.timeout(30_000),
  });
  await expect(starting).rejects.toMatchObject({
    name: 'TemplatesRefused',
    message: expect.stringMatching(
      /2 problems:\n- fixture-s A: Alarm a: Period .*\n- fixture-s D: DashboardBody/,
    ),
  });
  remove();
});
