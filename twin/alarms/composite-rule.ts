import type { AlarmState } from './decision.ts';

/** The rule of a composite alarm. */
export type CompositeRule =
  | { type: 'constant'; value: boolean }
  | { type: 'state'; state: AlarmState; alarm: string }
  | { type: 'not'; rule: CompositeRule }
  | { type: 'and' | 'or'; rules: CompositeRule[] }
  | {
      type: 'atLeast';
      number: number;
      percent: boolean;
      negated: boolean;
      state: AlarmState;
      alarms: string[];
    };

/** The name of an alarm that is given by name or by ARN. */
export const alarmNameOf = (reference: string): string =>
  /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/.exec(reference)?.[1] ?? reference;

/** Names of the alarms that a rule refers to, each once. */
export const childrenOf = (rule: CompositeRule): string[] => {
  const all = (inner: CompositeRule): string[] => {
    switch (inner.type) {
      case 'constant':
        return [];
      case 'state':
        return [inner.alarm];
      case 'atLeast':
        return inner.alarms;
      case 'not':
        return all(inner.rule);
      default:
        return inner.rules.flatMap(all);
    }
  };
  return [...new Set(all(rule))];
};

/**
 * Whether the rule holds. How CloudWatch rounds a percentage is not published; here the share itself must
 * reach it.
 */
export const holds = (rule: CompositeRule, stateOf: (alarm: string) => AlarmState): boolean => {
  switch (rule.type) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !holds(rule.rule, stateOf);
    case 'and':
      return rule.rules.every((inner) => holds(inner, stateOf));
    case 'or':
      return rule.rules.some((inner) => holds(inner, stateOf));
    case 'atLeast': {
      const { alarms, state, negated, number, percent } = rule;
      const count = alarms.filter((alarm) => (stateOf(alarm) === state) !== negated).length;
      return percent ? count * 100 >= number * alarms.length : count >= number;
    }
  }
};
