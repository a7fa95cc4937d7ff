import type { Alarm, AlarmDefinition } from '../alarms/index.ts';
import type { History } from '../history.ts';

/** One alarm as the page has it. */
export interface AlarmView {
  name: string;
  kind: AlarmDefinition['kind'];
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

const subjectOf = (definition: Exclude<AlarmDefinition, { kind: 'composite' }>): string => {
  if (definition.kind === 'math') {
    const result = definition.queries.find(({ id }) => id === definition.result);
    return result?.kind === 'expression' ? result.text : 'an expression';
  }
  const { series, statistic } = definition;
  const of = Object.entries(series.dimensions)
    .filter(([name]) => name !== 'Environment')
    .map(([, value]) => value)
    .join(', ');
  return `${statistic} of ${series.name}${of && ` (${of})`}`;
};

const thresholdText = (definition: AlarmDefinition): string => {
  if (definition.kind === 'composite')
    return definition.ruleText.replaceAll(/"arn:[^"]*:alarm:([^"]+)"/g, '$1');
  const { comparison, threshold, period } = definition;
  const { datapointsToAlarm, evaluationPeriods, treatMissingData } = definition;
  const minutes = period / 60;
  const periods = minutes === 1 ? 'minutes' : `periods of ${minutes} min`;
  return `${subjectOf(definition)} ${signs[comparison] ?? comparison} ${threshold} in ${datapointsToAlarm} of ${evaluationPeriods} ${periods}; missing data: ${treatMissingData}`;
};

const topicOf = (arn: string): string => arn.split(':').at(-1) ?? arn;

export const alarmView = (
  { definition, state, reason, since }: Alarm,
  { transitions }: Pick<History, 'transitions'>,
): AlarmView => {
  const own = transitions.filter(({ transition }) => transition.alarm === definition.name);
  return {
    name: definition.name,
    kind: definition.kind,
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
