/** The alarms of the environment, as CloudWatch describes them. */
import {
  type CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
} from '@aws-sdk/client-cloudwatch';
import { type ConditionName, isConditionName } from '../../core/conditions/index.ts';
import type { AlarmState } from './alarm-change.ts';

export type Severity = 'page' | 'ticket';

export interface Alarm {
  name: string;
  /** What it tells, where it is one of the conditions that are known. */
  condition: ConditionName | undefined;
  state: AlarmState;
  /** When it came into this state, milliseconds since the epoch. */
  since: number;
  severity: Severity;
  /** Whether people hear of it: its actions are on, and nothing suppresses them. */
  told: boolean;
}

/** A change of state that has happened. */
export interface PastChange {
  to: AlarmState;
  at: number;
}

export interface AlarmReader {
  /** Every alarm whose name begins with the prefix. */
  describe(signal: AbortSignal): Promise<Alarm[]>;
  /** The last changes of one alarm, oldest first. */
  history(name: string, signal: AbortSignal): Promise<PastChange[]>;
}

/** The condition that an alarm is named after. */
export const conditionOf = (name: string, prefix: string): ConditionName | undefined => {
  const last = name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : name;
  return isConditionName(last) ? last : undefined;
};

/** As CloudWatch describes an alarm of either kind. */
interface Described {
  AlarmName?: string;
  StateValue?: AlarmState;
  StateTransitionedTimestamp?: Date;
  StateUpdatedTimestamp?: Date;
  ActionsEnabled?: boolean;
  AlarmActions?: string[];
  ActionsSuppressedBy?: string;
}

/** @param ticketTopic the topic of tickets; an alarm that tells it and no other is one */
const readAlarm = (
  { AlarmName: name = '', StateValue: state = 'OK', ...rest }: Described,
  prefix: string,
  ticketTopic: string | undefined,
): Alarm => {
  const topics = (rest.AlarmActions ?? []).filter((arn) => arn.includes(':sns:'));
  return {
    name,
    condition: conditionOf(name, prefix),
    state,
    since: (rest.StateTransitionedTimestamp ?? rest.StateUpdatedTimestamp ?? new Date(0)).getTime(),
    severity: topics.every((arn) => arn === ticketTopic) ? 'ticket' : 'page',
    told: rest.ActionsEnabled !== false && topics.length > 0 && rest.ActionsSuppressedBy === undefined,
  };
};

const newState = (data: string | undefined): AlarmState | undefined => {
  try {
    return (JSON.parse(data ?? '{}') as { newState?: { stateValue?: AlarmState } }).newState?.stateValue;
  } catch {
    return undefined;
  }
};

/** Without the types CloudWatch leaves composite alarms out. */
const types: ('MetricAlarm' | 'CompositeAlarm')[] = ['MetricAlarm', 'CompositeAlarm'];

/** Longest list of an answer (CloudWatch). */
const pageSize = 100;

export const createAlarmReader = (
  client: Pick<CloudWatchClient, 'send'>,
  { prefix, ticketTopic }: { prefix: string; ticketTopic: string | undefined },
): AlarmReader => ({
  describe: async (signal) => {
    const alarms: Alarm[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeAlarmsCommand({
          ...{ AlarmNamePrefix: `${prefix}-`, AlarmTypes: types, MaxRecords: pageSize },
          ...(NextToken !== undefined && { NextToken }),
        }),
        { abortSignal: signal },
      );
      const found: Described[] = [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])];
      alarms.push(...found.map((one) => readAlarm(one, prefix, ticketTopic)));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return alarms;
  },
  history: async (name, signal) => {
    const { AlarmHistoryItems: items = [] } = await client.send(
      new DescribeAlarmHistoryCommand({
        ...{ AlarmName: name, AlarmTypes: types, HistoryItemType: 'StateUpdate' },
        ...{ ScanBy: 'TimestampDescending', MaxRecords: pageSize },
      }),
      { abortSignal: signal },
    );
    return items
      .flatMap(({ Timestamp: at, HistoryData: data }) => {
        const to = newState(data);
        return at && to ? [{ to, at: at.getTime() }] : [];
      })
      .toReversed();
  },
});
