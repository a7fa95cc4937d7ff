/** Since when: what the alarms of an environment say, read through the CloudWatch client. */
import {
  type CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmFact } from '../core/diagnosis/index.ts';
import { namespace } from '../core/metrics/index.ts';

type Client = Pick<CloudWatchClient, 'send'>;

const dayMs = 86_400_000;
/** Pages of alarms that are read at most: 10 x 100 alarms. */
const mostPages = 10;

const dimensionOf = ({ Dimensions = [] }: MetricAlarm, name: string): string | undefined =>
  Dimensions.find(({ Name }) => Name === name)?.Value;

const alarmsOf = async (client: Client, environment: string): Promise<MetricAlarm[]> => {
  const found: MetricAlarm[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await client.send(
      new DescribeAlarmsCommand({
        AlarmTypes: ['MetricAlarm'],
        MaxRecords: 100,
        ...(NextToken ? { NextToken } : {}),
      }),
    );
    found.push(...(answer.MetricAlarms ?? []));
    NextToken = answer.NextToken;
    if (!NextToken) break;
  }
  return found.filter(
    (alarm) => alarm.Namespace === namespace && dimensionOf(alarm, 'Environment') === environment,
  );
};

/** The new state of an entry of the history; its data is JSON in a text. */
const newState = (data: string | undefined): string | undefined => {
  try {
    return (JSON.parse(data ?? '') as { newState?: { stateValue?: string } }).newState?.stateValue;
  } catch {
    return undefined;
  }
};

const timesInDay = async (client: Client, name: string, now: Date): Promise<number> => {
  const { AlarmHistoryItems: items = [] } = await client.send(
    new DescribeAlarmHistoryCommand({
      AlarmName: name,
      HistoryItemType: 'StateUpdate',
      StartDate: new Date(now.getTime() - dayMs),
      EndDate: now,
      ScanBy: 'TimestampDescending',
      MaxRecords: 100,
    }),
  );
  return items.filter(({ HistoryData }) => newState(HistoryData) === 'ALARM').length;
};

/** Every alarm of the environment that watches a dependency, with its state and since when. */
export const readAlarms = async (client: Client, environment: string, now: Date): Promise<AlarmFact[]> => {
  const alarms = await alarmsOf(client, environment);
  return Promise.all(
    alarms.map(async (alarm): Promise<AlarmFact> => {
      const { AlarmName: name = '', StateValue: state = 'INSUFFICIENT_DATA' } = alarm;
      const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp ?? now;
      return {
        name,
        dependency: dimensionOf(alarm, 'Dependency') ?? '',
        state,
        since: since.toISOString(),
        timesInDay: state === 'ALARM' ? Math.max(1, await timesInDay(client, name, now)) : 0,
      };
    }),
  );
};
