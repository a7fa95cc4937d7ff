import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namespace } from '../../../core/metrics/index.ts';
import type { Severity } from '../notifications/index.ts';
import type { AlarmRow } from './alarm-row.ts';

export interface AlarmsProps {
  /** Prefix of the names. */
  name: string;
  /** Value of the dimension Environment. */
  environment: string;
  topics: Readonly<Record<Severity, ITopic>>;
  rows: readonly AlarmRow[];
  /** Looks for the reason of what goes off, for the rows that want it. */
  investigator?: IFunction;
}

/** Longest window of an alarm with periods under an hour, seconds (CloudWatch). */
const longestWindow = 86_400;

const metricOf = (row: AlarmRow, environment: string): Metric => {
  const shared = { statistic: row.statistic, period: Duration.seconds(row.period) };
  return 'metric' in row
    ? new Metric({
        ...{ namespace, metricName: row.metric },
        dimensionsMap: { Environment: environment, Dependency: row.dependency },
        ...shared,
      })
    : new Metric({
        ...{ namespace: 'AWS/Lambda', metricName: row.lambdaMetric },
        dimensionsMap: { FunctionName: row.functionName },
        ...shared,
      });
};

/** Alarms from rows, each with a literal name, an action both ways and a description that says what to do. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { name, environment, topics, rows, investigator } = props;
    for (const row of rows) {
      const [breaching, of] = row.datapoints;
      if (breaching < 1 || breaching > of || row.period % 60 !== 0 || row.period * of > longestWindow) {
        throw new RangeError(
          `Alarm ${row.name}: ${breaching} of ${of} periods of ${row.period} s cannot be; write M not above N, whole minutes, at most a day together.`,
        );
      }
      const alarm = new Alarm(this, row.name, {
        alarmName: `${name}-${row.name}`,
        alarmDescription: `${row.says} ${row.consequence} Runbook: ${row.runbook}`,
        metric: metricOf(row, environment),
        comparisonOperator:
          row.comparison === 'below'
            ? ComparisonOperator.LESS_THAN_THRESHOLD
            : ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold: row.threshold,
        datapointsToAlarm: breaching,
        evaluationPeriods: of,
        treatMissingData:
          row.missing === 'breaching' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      const action = new SnsAction(topics[row.severity]);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      if (row.investigated && investigator) alarm.addAlarmAction(new LambdaAction(investigator));
    }
  }
}
