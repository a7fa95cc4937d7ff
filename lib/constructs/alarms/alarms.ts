import {
  Alarm,
  AlarmMuteRule,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarm,
  type IAlarmRule,
  ScheduleExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { ConditionName } from '../../../core/conditions/index.ts';
import type { Severity } from '../notifications/index.ts';
import type { AlarmRow, CompositeRow } from './alarm-row.ts';
import { metricOf } from './metric-of.ts';

/** A time in which nobody is told, because somebody works on it. */
export interface Maintenance {
  /** Part of the rule's name: lower-case letters, digits and hyphens. */
  name: string;
  /** When it begins, as CloudWatch writes it: `cron(0 8 * * TUE)` or `at(2026-12-01T08:00)`, in UTC. */
  schedule: string;
  /** Minutes, 1 to 21,600 (15 days). */
  minutes: number;
}

/** Rows that an environment does without. */
export type AlarmSwitches = Readonly<Partial<Record<ConditionName, false>>>;

export interface AlarmsProps {
  /** Prefix of the names. */
  name: string;
  /** Value of the dimension Environment. */
  environment: string;
  topics: Readonly<Record<Severity, ITopic>>;
  /** What people are subscribed to, where something stands before it; the same as `topics` unless given. */
  delivery?: Readonly<Record<Severity, ITopic>>;
  rows: readonly AlarmRow[];
  /** Alarms over those of `rows`. */
  composites?: readonly CompositeRow[];
  switches?: AlarmSwitches;
  maintenance?: readonly Maintenance[];
  /** Looks for the reason of what goes off, for the rows that want it. */
  investigator?: IFunction;
}

/** Longest window of an alarm, seconds, with periods under an hour and from an hour on (CloudWatch). */
const longestWindow = (period: number): number => (period < 3_600 ? 86_400 : 604_800);

const describe = ({ says, consequence, runbook }: AlarmRow | CompositeRow): string =>
  `${says} ${consequence} Runbook: ${runbook}`;

const checkWindow = ({ name, datapoints: [breaching, of], period }: AlarmRow): void => {
  if (breaching < 1 || breaching > of || period % 60 !== 0 || period * of > longestWindow(period)) {
    throw new RangeError(
      `Alarm ${name}: ${breaching} of ${of} periods of ${period} s cannot be; write M not above N, whole minutes, at most a day together (a week from hourly periods on).`,
    );
  }
};

/**
 * The catalogue as alarms: each with a literal name, an action both ways and a description that says what
 * users suffer and what to do. Parts open tickets; only the impact on users pages.
 */
export class Alarms extends Construct {
  /** Every alarm that is there, by the condition that it tells. */
  readonly alarms: ReadonlyMap<ConditionName, IAlarm>;
  readonly #props: AlarmsProps;
  readonly #made = new Map<ConditionName, IAlarm>();

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.alarms = this.#made;
    const { rows, composites = [], switches = {} } = props;
    const known = new Set<string>([...rows, ...composites].map(({ name }) => name));
    for (const name of Object.keys(switches))
      if (!known.has(name))
        throw new RangeError(
          `The environment switches off the alarm ${name}, which it does not have; it has ${[...known].join(', ')}.`,
        );
    for (const row of rows) if (switches[row.name] !== false) this.#alarm(row);
    for (const row of composites) if (switches[row.name] !== false) this.#composite(row);
    for (const one of props.maintenance ?? []) this.#mute(one);
  }

  #alarm(row: AlarmRow): void {
    checkWindow(row);
    const { name, environment, investigator } = this.#props;
    const [breaching, of] = row.datapoints;
    const alarm = new Alarm(this, row.name, {
      alarmName: `${name}-${row.name}`,
      alarmDescription: describe(row),
      metric: metricOf(row.measured, environment, row.period),
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
    this.#tell(alarm, row);
    if (row.investigated && investigator) alarm.addAlarmAction(new LambdaAction(investigator));
    this.#made.set(row.name, alarm);
  }

  #composite(row: CompositeRow): void {
    const groups = row.anyOf.flatMap((names): IAlarmRule[] => {
      const there = names.flatMap((name) => this.#made.get(name) ?? []);
      if (there.length === 0) return [];
      const rules = there.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM));
      return [rules.length === 1 ? (rules[0] as IAlarmRule) : AlarmRule.allOf(...rules)];
    });
    if (groups.length === 0)
      throw new RangeError(
        `The alarm ${row.name} stands over ${row.anyOf.flat().join(', ')}, and all of them are switched off; switch it off too, or one of them on.`,
      );
    const alarm = new CompositeAlarm(this, row.name, {
      compositeAlarmName: `${this.#props.name}-${row.name}`,
      alarmDescription: describe(row),
      alarmRule: groups.length === 1 ? (groups[0] as IAlarmRule) : AlarmRule.anyOf(...groups),
    });
    this.#tell(alarm, row);
    this.#made.set(row.name, alarm);
  }

  #tell(alarm: Alarm | CompositeAlarm, row: AlarmRow | CompositeRow): void {
    const { topics, delivery = topics } = this.#props;
    const direct = 'direct' in row ? row.direct : undefined;
    const told = new SnsAction(topics[row.severity]);
    const past = new SnsAction(delivery[row.severity]);
    if (direct !== true) alarm.addAlarmAction(told);
    if (direct !== undefined && (direct === true || delivery !== topics)) alarm.addAlarmAction(past);
    // Past the notifier nobody would leave out that a new alarm is OK; what works again is heard of by its next message.
    if (direct !== true) alarm.addOkAction(told);
  }

  #mute({ name, schedule, minutes }: Maintenance): void {
    new AlarmMuteRule(this, `mute-${name}`, {
      alarmMuteRuleName: `${this.#props.name}-${name}`,
      description: `Nobody is told for ${minutes} min: ${name}`,
      schedule: ScheduleExpression.expression(schedule),
      duration: Duration.minutes(minutes),
      alarms: [...this.#made.values()],
    });
  }
}
