import type { Alarm } from '../alarms/index.ts';
import type { History } from '../history.ts';

/** One alarm as the page has it. */
export interface AlarmView {
  name: string;
  kind: 'metric' | 'math' | 'composite';
  state: Alarm['state'];
  reason: string;
  /** ISO 8601, and the alarm minute. */
  since: string;
  sinceMinute: number;
  /** What it compares, in words. */
  threshold: string;
  description: string;
  history: { minute: number; at: string; from: string; to: string; reason: string; tells: string[] }[];
}

const signs: Record<string, string> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '≥',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '≤',
};

/** What there is to say of any kind of alarm: on a metric, on an expression, on other alarms. */
interface Definition {
  name: string;
  description: string;
  kind?: string;
  series?: { name: string; dimensions: Readonly<Record<string, string>> };
  statistic?: string;
  queries?: readonly { kind?: string; id?: string; expression?: unknown }[];
  ruleText?: string;
  comparison?: string;
  threshold?: number;
  period?: number;
  datapointsToAlarm?: number;
  evaluationPeriods?: number;
  treatMissingData?: string;
}

const subjectOf = ({ series, statistic, queries = [] }: Definition): string => {
  if (!series) {
    const expressions = queries.map(({ expression }) => expression).filter((one) => typeof one === 'string');
    return expressions.at(-1) ?? 'an expression';
  }
  const of = Object.entries(series.dimensions)
    .filter(([name]) => name !== 'Environment')
    .map(([, value]) => value)
    .join(', ');
  return `${statistic} of ${series.name}${of && ` (${of})`}`;
};

const thresholdText = (definition: Definition): string => {
  const { comparison = '', threshold, period = 60, ruleText = '' } = definition;
  const { datapointsToAlarm, evaluationPeriods, treatMissingData } = definition;
  if (threshold === undefined) return ruleText.replaceAll(/"arn:[^"]*:alarm:([^"]+)"/g, '$1');
  const minutes = period / 60;
  const periods = minutes === 1 ? 'minutes' : `periods of ${minutes} min`;
  return `${subjectOf(definition)} ${signs[comparison] ?? comparison} ${threshold} in ${datapointsToAlarm} of ${evaluationPeriods} ${periods}; missing data: ${treatMissingData}`;
};

const kindOf = ({ kind, threshold }: Definition): AlarmView['kind'] => {
  if (kind === 'math') return 'math';
  return kind === 'composite' || threshold === undefined ? 'composite' : 'metric';
};

const topicOf = (arn: string): string => arn.split(':').at(-1) ?? arn;

export const alarmView = (
  { definition, state, reason, since }: Alarm,
  { transitions }: Pick<History, 'transitions'>,
): AlarmView => {
  const own = transitions.filter(({ transition }) => transition.alarm === definition.name);
  return {
    name: definition.name,
    kind: kindOf(definition),
    state,
    reason,
    since: new Date(since).toISOString(),
    sinceMinute: own.at(-1)?.minute ?? 0,
    threshold: thresholdText(definition),
    description: definition.description,
    history: own.map(({ minute, transition: { at, from, to, reason: why, actions } }) => ({
      minute,
      at: new Date(at).toISOString(),
      from,
      to,
      reason: why,
      tells: actions.map(topicOf),
    })),
  };
};
