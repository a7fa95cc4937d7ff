import { type AlarmSet, readAlarmSet } from '../../twin/alarms/index.ts';
import type { MetricStore } from '../../twin/metrics/index.ts';
import type { Properties } from '../../twin/template/index.ts';
import { createFixture } from './template-fixture.ts';

export const minute = 60_000;

/** Resources of one template, by logical id: the type without `AWS::CloudWatch::`, and the properties. */
export type Resources = Record<string, [type: string, properties: Properties]>;

/** Reads alarms as they stand in a template, all of them with data. */
export const readResources = (resources: Resources): AlarmSet => {
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
  return readAlarmSet(assembly, resolve, () => true);
};

/** A metric `Up`-like: its name stands for the series. */
export const put = (
  store: MetricStore,
  name: string,
  at: number,
  values: number[],
  change: { unit?: string; counts?: number[] } = {},
): void => store.add({ namespace: 'N', name, dimensions: {}, unit: 'None', at, values, ...change });

/** An alarm that is in ALARM while the metric of its name was above 0 in the last minute. */
export const follows = (name: string, change: Properties = {}): [string, Properties] => [
  'Alarm',
  {
    AlarmName: name,
    Namespace: 'N',
    MetricName: name,
    Period: 60,
    Statistic: 'Maximum',
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
    ...change,
  },
];
