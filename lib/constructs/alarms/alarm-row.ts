import type { MetricName } from '../../../core/metrics/index.ts';
import type { Severity } from '../notifications/index.ts';

/** What is measured: a metric of the catalogue, or one that Lambda publishes of a function. */
type Measured =
  | {
      metric: MetricName;
      /** Value of the dimension Dependency. */
      dependency: string;
    }
  | { lambdaMetric: 'Errors'; functionName: string };

/** One alarm as data. Adding an alarm is adding a row. */
export type AlarmRow = Measured & {
  /** Last part of its name, and its construct id. */
  name: string;
  statistic: 'Minimum' | 'Maximum' | 'SampleCount';
  /** Seconds, a multiple of 60. */
  period: number;
  comparison: 'below' | 'above';
  threshold: number;
  /** Alarm when this many of that many periods breach; the first is not more than the second. */
  datapoints: readonly [breaching: number, of: number];
  missing: 'breaching' | 'notBreaching';
  severity: Severity;
  /** What is wrong, with the name of the resource. */
  says: string;
  /** What follows for users or operators. */
  consequence: string;
  /** Page and anchor. */
  runbook: string;
  /** When it goes off, the function that looks for the reason is run at once, where there is one. */
  investigated?: true;
};
