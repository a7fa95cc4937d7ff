import { describe, expect, test } from '@jest/globals';
import { causes } from '../../../core/causes/index.ts';
import { namespace } from '../../../core/metrics/index.ts';
import { alarmRows, compositeRows, type Environment } from '../../../lib/index.ts';
import { everything } from '../../fixtures/watched.ts';
import { cases, type Json, resourcesOf } from './synthesized.ts';

const anchors = new Set(
  [...Object.values(causes), ...alarmRows(everything), ...compositeRows(everything)].map(
    ({ runbook }) => runbook,
  ),
);

/** What one environment may lack of the catalogue. */
const optional: Record<string, (environment: Environment) => boolean> = {
  'redis-down': ({ cache }) => cache.enabled,
  'redis-memory-high': ({ cache }) => cache.enabled,
  'consumers-idle': ({ settings }) => settings.MESSAGE_QUEUE_TYPE === 'redis',
  'auth-certificate-expiring': ({ upstreams }) => upstreams.auth.startsWith('https:'),
};

describe.each(cases)('alarms of %s', (_name, { environment, templates }) => {
  const ofType = (type: 'Alarm' | 'CompositeAlarm') =>
    resourcesOf(templates.Observability, `AWS::CloudWatch::${type}`).map(({ Properties }) => Properties);
  const alarms = ofType('Alarm');
  const composites = ofType('CompositeAlarm');
  const prefix = `${environment.project}-${environment.name}-`;
  const named = (name: string): Json => alarms.find(({ AlarmName }) => AlarmName === `${prefix}${name}`);

  test('there is one for every row of the catalogue that applies, and no other', () => {
    const expected = [...alarmRows(everything), ...compositeRows(everything)]
      .map(({ name }) => name)
      .filter((name) => optional[name]?.(environment) ?? true);
    const found = [...alarms, ...composites].map(({ AlarmName }) => AlarmName);
    expect(found.sort()).toEqual(expected.map((n) => prefix + n).sort());
  });

  test('each tells somebody when it begins and when it ends, and can explain itself', () => {
    const every = [...alarms, ...composites];
    for (const { AlarmName, AlarmActions, OKActions, AlarmDescription, ActionsEnabled } of every) {
      // What is down is also looked into, by the network-path probe.
      // What is wrong on the way itself is told both ways.
      const twice = /-(down|topic-failing)$/.test(AlarmName);
      expect([AlarmName, AlarmActions.length]).toEqual([AlarmName, twice ? 2 : 1]);
      const direct = AlarmName === `${prefix}notifier-failing`;
      expect([AlarmName, OKActions ?? []]).toEqual([AlarmName, direct ? [] : AlarmActions.slice(0, 1)]);
      expect(ActionsEnabled).not.toBe(false);
      const runbook = / Runbook: (\S+)$/.exec(AlarmDescription)?.[1] ?? AlarmDescription;
      expect(anchors).toContain(runbook);
      expect(AlarmDescription).toContain(environment.project);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  test('parts open tickets; only the impact on users pages', () => {
    const topic = (severity: string) => ({
      Ref: resourcesOf(templates.Observability, 'AWS::SNS::Topic').find(
        ({ Properties }) => Properties.TopicName === prefix + severity,
      )?.id,
    });
    // What is wrong with the notifier is told past it.
    const severities: Record<string, string> = {
      [`${prefix}user-impact`]: 'page',
      [`${prefix}notifier-failing`]: 'ticket-delivery',
    };
    for (const { AlarmName, AlarmActions } of [...alarms, ...composites]) {
      const severity = severities[AlarmName] ?? 'ticket';
      expect([AlarmName, AlarmActions[0]]).toEqual([AlarmName, topic(severity)]);
    }
  });

  test('a failure is 0 in 2 of 3 minutes, and missing data is left to the silence alarm', () => {
    expect(named('postgres-down')).toMatchObject({
      Namespace: namespace,
      MetricName: 'Up',
      Statistic: 'Minimum',
      Period: 60,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
    });
    expect(named('postgres-down').Dimensions).toEqual(
      expect.arrayContaining([
        { Name: 'Environment', Value: environment.name },
        { Name: 'Dependency', Value: 'postgres' },
      ]),
    );
    expect(named('connectivity-probe-silent')).toMatchObject({
      MetricName: 'Up',
      Statistic: 'SampleCount',
      Threshold: 1,
      DatapointsToAlarm: 3,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  test('one mismatch of names is enough, and ten minutes without a comparison too', () => {
    expect(named('database-name-mismatch')).toMatchObject({
      MetricName: 'DatabaseNameMismatch',
      Statistic: 'Maximum',
      Period: 300,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(named('database-name-probe-silent')).toMatchObject({
      Statistic: 'SampleCount',
      Period: 300,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });

  test('a configuration that drifts opens a ticket at the first finding', () => {
    expect(named('configuration-drift')).toMatchObject({
      MetricName: 'ConfigurationDrift',
      Statistic: 'Maximum',
      Period: 300,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      DatapointsToAlarm: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test('few connections open a ticket, almost none another, and not knowing it for 15 minutes opens a ticket', () => {
    const headroom = {
      Namespace: namespace,
      MetricName: 'ConnectionHeadroomPercent',
      Statistic: 'Minimum',
      Period: 60,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
    };
    const low = environment.settings.CAPACITY_HEADROOM_PERCENT ?? 20;
    expect(named('connections-headroom-low')).toMatchObject({
      ...headroom,
      Threshold: low,
      DatapointsToAlarm: 3,
      EvaluationPeriods: 5,
    });
    expect(named('connections-headroom-critical')).toMatchObject({
      ...headroom,
      Threshold: 5,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
    });
    expect(named('capacity-probe-silent')).toMatchObject({
      MetricName: 'ConnectionHeadroomPercent',
      Statistic: 'SampleCount',
      DatapointsToAlarm: 15,
      EvaluationPeriods: 15,
      TreatMissingData: 'breaching',
    });
  });

  test('what is down runs the network-path probe at once, and the alarm may', () => {
    const probe = resourcesOf(templates.Observability, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === `${prefix}network-path-probe`,
    );
    const arn = { 'Fn::GetAtt': [probe?.id, 'Arn'] };
    const down = resourcesOf(templates.Observability, 'AWS::CloudWatch::Alarm').filter(({ Properties }) =>
      Properties.AlarmName.endsWith('-down'),
    );
    expect(down.length).toBeGreaterThanOrEqual(3);
    for (const { id, Properties } of down) {
      expect(Properties.AlarmActions).toContainEqual(arn);
      expect(resourcesOf(templates.Observability, 'AWS::Lambda::Permission')).toContainEqual(
        expect.objectContaining({
          Properties: {
            Action: 'lambda:InvokeFunction',
            FunctionName: arn,
            Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
            SourceAccount: { Ref: 'AWS::AccountId' },
            SourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
          },
        }),
      );
    }
  });

  test('two quarters of an hour without a good run of the network-path probe open a ticket', () => {
    expect(named('network-path-probe-silent')).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: `${prefix}network-path-probe` }],
      Statistic: 'Maximum',
      Period: 900,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });
});
