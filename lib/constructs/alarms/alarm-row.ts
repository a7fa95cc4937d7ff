import type { ConditionName } from '../../../core/conditions/index.ts';
import type { MetricName } from '../../../core/metrics/index.ts';
import type { Severity } from '../notifications/index.ts';

/** One series: a metric of core/metrics, or one that AWS publishes of a resource. */
export type SeriesRef =
  | {
      metric: MetricName;
      /** Value of the dimension Dependency, for a metric that has it. */
      dependency?: string;
    }
  | { namespace: `AWS/${string}`; metricName: string; dimensions: Readonly<Record<string, string>> };

export type Statistic = 'Minimum' | 'Maximum' | 'Average' | 'Sum' | 'SampleCount' | `p${number}`;

/** One series, or an expression over several; all have the period of the alarm. */
export type Measured =
  | (SeriesRef & { statistic: Statistic })
  | {
      /** Metric math over the keys of `of`. */
      expression: string;
      of: Readonly<Record<string, SeriesRef & { statistic: Statistic }>>;
    };

/** How it was seen that the alarm goes off: a fault of the twin that raises it. */
export interface Proof {
  /** Name of the fault, as `npm run faults -- --only NAME` takes it. */
  fault: string;
  /** Driven: it happens for real. Injected: only the metric that AWS would publish is made up. */
  how: 'driven' | 'injected';
}

/** One alarm as data. Adding an alarm is adding a row. */
export interface AlarmRow {
  /** The condition that it tells: last part of its name, and its construct id. */
  name: ConditionName;
  measured: Measured;
  /** Seconds, a multiple of 60. */
  period: number;
  comparison: 'below' | 'above';
  threshold: number;
  /** Where the threshold comes from. */
  because: string;
  /** Alarm when this many of that many periods breach; the first is not more than the second. */
  datapoints: readonly [breaching: number, of: number];
  /** Why so many of so many. */
  patience: string;
  missing: 'breaching' | 'notBreaching';
  severity: Severity;
  /** What is wrong, with the name of the resource. */
  says: string;
  /** What follows for users or operators. */
  consequence: string;
  /** Page and anchor. */
  runbook: string;
  proof: Proof;
  /** It is about the way itself: people are told past the notifier, or both ways. */
  direct?: true | 'also';
  /** When it goes off, the function that looks for the reason is run at once, where there is one. */
  investigated?: true;
}

/** An alarm over alarms. Its rule names conditions; one that is switched off counts as not there. */
export interface CompositeRow
  extends Pick<AlarmRow, 'name' | 'severity' | 'says' | 'consequence' | 'runbook' | 'proof'> {
  /** Any of these groups; a group is in alarm when all of its members are. */
  anyOf: readonly (readonly ConditionName[])[];
}
