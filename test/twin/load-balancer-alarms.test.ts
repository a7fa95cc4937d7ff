import { afterAll, expect, test } from '@jest/globals';
import { createEvaluator } from '../../twin/alarms/index.ts';
import { readAlarms } from '../../twin/application.ts';
import { createAlarmClock } from '../../twin/clock.ts';
import { createMetricStore } from '../../twin/metrics/index.ts';
import { firstVerdict } from '../../twin/service/index.ts';
import { eventually } from './eventually.ts';
import { type StartedService, startFixtureService } from './service-fixture.ts';
import { program } from './service-program.ts';

let started: StartedService | undefined;
afterAll(() => started?.stop());

const alarm = (name: string, metricName: string, statistic: string, dimensions: string[]) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    ...{ AlarmName: name, Namespace: 'AWS/ApplicationELB', MetricName: metricName, Statistic: statistic },
    Dimensions: dimensions.map((dimension) => ({
      Name: dimension,
      // As CDK writes it: the name of the load balancer is cut out of its listener's.
      Value:
        dimension === 'TargetGroup'
          ? { 'Fn::GetAtt': ['Group', 'TargetGroupFullName'] }
          : {
              'Fn::Join': [
                '/',
                [1, 2, 3].map((part) => ({
                  'Fn::Select': [part, { 'Fn::Split': ['/', { Ref: 'Listener' }] }],
                })),
              ],
            },
    })),
    ...{ Period: 60, EvaluationPeriods: 1, Threshold: 1, TreatMissingData: 'notBreaching' },
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  },
});

test('alarms on the load balancer see targets, requests and errors', async () => {
  started = await startFixtureService(program, {
    Ill: alarm('ill', 'UnHealthyHostCount', 'Maximum', ['LoadBalancer', 'TargetGroup']),
    Well: alarm('well', 'HealthyHostCount', 'Minimum', ['LoadBalancer', 'TargetGroup']),
    Asked: alarm('asked', 'RequestCount', 'Sum', ['LoadBalancer']),
    Failed: alarm('failed', 'HTTPCode_Target_5XX_Count', 'Sum', ['LoadBalancer', 'TargetGroup']),
    Refused: alarm('refused', 'HTTPCode_ELB_5XX_Count', 'Sum', ['LoadBalancer']),
    Unknown: alarm('unknown', 'ProcessedBytes', 'Average', ['LoadBalancer']),
  });
  const { service, fixture } = started;
  await firstVerdict(service, new AbortController().signal);
  const { definitions, leftOut } = readAlarms(fixture.assembly, fixture.resolve);
  expect(leftOut).toEqual([expect.stringContaining('AWS/ApplicationELB ProcessedBytes')]);
  const store = createMetricStore();
  const evaluator = createEvaluator(definitions, store, 0, { extraPeriods: 0 });
  const clock = createAlarmClock({
    probes: [],
    store,
    evaluators: [evaluator],
    startedAt: 0,
    sources: [service],
  });
  const inAlarm = async () => {
    await clock.tick();
    return evaluator.alarms.filter(({ state }) => state === 'ALARM').map(({ definition: { name } }) => name);
  };

  expect(await inAlarm()).toEqual(['well']);
  await fetch(`${service.url}/fail`);
  expect(await inAlarm()).toEqual(['well', 'asked', 'failed']);
  await fetch(`${service.url}/ill`);
  await eventually(() => service.status().state === 'unhealthy');
  expect(await inAlarm()).toEqual(['ill', 'asked']);
  process.kill(Number(service.pid()), 'SIGKILL');
  await eventually(() => service.status().state === 'stopped');
  await fetch(service.url);
  expect(await inAlarm()).toEqual(['refused']);
});
