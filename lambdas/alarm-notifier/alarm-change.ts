/** What CloudWatch publishes when an alarm changes its state (CloudWatch user guide, "Alarm notifications"). */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmChange {
  name: string;
  description: string;
  from: AlarmState;
  to: AlarmState;
  /** Milliseconds since the epoch. */
  at: number;
  reason: string;
  /** What its metric is compared with, in the unit of the metric; a composite alarm has none. */
  limit?: number;
  /** Where its console is, such as us-east-1. */
  region: string;
}

const states: readonly unknown[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

const isState = (value: unknown): value is AlarmState => states.includes(value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** CloudWatch writes `+0000`; ISO 8601 has a colon in it. */
const timeOf = (value: unknown): number => Date.parse(text(value).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));

/** The change that a message tells of; nothing for a message that tells of none, whatever it is. */
export const readChange = (message: string): AlarmChange | undefined => {
  const value = parsed(message);
  if (!isRecord(value)) return undefined;
  const { AlarmName, NewStateValue: to, OldStateValue: from, StateChangeTime } = value;
  const at = timeOf(StateChangeTime);
  const limit = isRecord(value.Trigger) ? value.Trigger.Threshold : undefined;
  if (typeof AlarmName !== 'string' || AlarmName === '' || !isState(to) || Number.isNaN(at)) return undefined;
  return {
    name: AlarmName,
    description: text(value.AlarmDescription),
    from: isState(from) ? from : 'INSUFFICIENT_DATA',
    to,
    at,
    reason: text(value.NewStateReason),
    ...(typeof limit === 'number' && { limit }),
    region: text(value.AlarmArn).split(':')[3] || 'us-east-1',
  };
};
