import { readAll } from '../refused.ts';
import type { Resolve, TemplateResource } from '../template/index.ts';
import { type AlarmProperties, readProperties, sharedProperties } from './alarm-properties.ts';
import { alarmNameOf, type CompositeRule, childrenOf } from './composite-rule.ts';
import { parseRule, RuleSyntaxError } from './composite-rule-syntax.ts';
import type { CompositeAlarmDefinition, Suppressor } from './definition.ts';

const suppressorProperties = ['ActionsSuppressorWaitPeriod', 'ActionsSuppressorExtensionPeriod'] as const;
const understood = [...sharedProperties, 'AlarmRule', 'ActionsSuppressor', ...suppressorProperties];

const readRule = (alarm: AlarmProperties): CompositeRule => {
  try {
    return parseRule(alarm.text('AlarmRule'));
  } catch (error) {
    if (!(error instanceof RuleSyntaxError)) throw error;
    return alarm.refuse('AlarmRule', `${error.message}.`);
  }
};

const readSuppressor = (alarm: AlarmProperties): Suppressor | undefined => {
  const suppressor = alarm.get<string>('ActionsSuppressor');
  const [wait, extension] = suppressorProperties;
  if (suppressor === undefined) {
    for (const property of suppressorProperties)
      if (alarm.names.includes(property)) alarm.refuse(property, 'is there without ActionsSuppressor.');
    return undefined;
  }
  return {
    alarm: alarmNameOf(suppressor),
    waitSeconds: alarm.whole(wait, undefined, 0),
    extensionSeconds: alarm.whole(extension, undefined, 0),
  };
};

/**
 * Reads an `AWS::CloudWatch::CompositeAlarm`.
 * @throws Refused naming alarm and property, for a rule that cannot be read and for what breaks
 * CloudWatch's limits
 */
export const readCompositeAlarm = (
  resource: TemplateResource,
  resolve: Resolve,
): CompositeAlarmDefinition => {
  const alarm = readProperties(resource, resolve, ['Composite alarm', 'AlarmName']);
  const { rule, suppressor, actions } = readAll({
    rule: () => readRule(alarm),
    suppressor: () => readSuppressor(alarm),
    actions: () => alarm.actions(),
    understood: () => alarm.onlyUnderstood(understood),
  });
  return {
    kind: 'composite',
    name: alarm.name,
    description: alarm.description,
    actions,
    rule,
    ruleText: alarm.text('AlarmRule'),
    children: childrenOf(rule),
    ...(suppressor && { suppressor }),
  };
};
