import type { Alarm, AlarmDefinition, Transition } from '../alarms/index.ts';
import { account, arn, region } from '../template/index.ts';
import { timestamp } from './alarm-message.ts';
import type { Ran } from './publisher.ts';

const configurationOf = (definition: AlarmDefinition): object => {
  const { description } = definition;
  if (definition.kind === 'composite') return { description, alarmRule: definition.ruleText };
  const queries =
    definition.kind === 'math'
      ? definition.queries
      : [{ kind: 'metric' as const, id: 'm1', series: definition.series, statistic: definition.statistic }];
  const result = definition.kind === 'math' ? definition.result : 'm1';
  return {
    description,
    metrics: queries.map((query) => ({
      id: query.id,
      ...(query.kind === 'expression'
        ? { expression: query.text }
        : { metricStat: { metric: query.series, period: definition.period, stat: query.statistic } }),
      returnData: query.id === result,
    })),
  };
};

/** The event with which an alarm calls a function (CloudWatch user guide, "Invoke a Lambda function from an alarm"). */
const alarmEvent = ({ definition }: Alarm, { from, to, at, reason }: Transition): object => {
  const time = timestamp(at);
  return {
    ...{ source: 'aws.cloudwatch', alarmArn: arn('cloudwatch', `alarm:${definition.name}`) },
    ...{ accountId: account, time, region },
    alarmData: {
      alarmName: definition.name,
      state: { value: to, reason, timestamp: time },
      previousState: { value: from },
      configuration: configurationOf(definition),
    },
  };
};

const isFunction = (action: string): boolean => /^arn:aws[a-z-]*:lambda:/.test(action);

/** Whether an action calls a function, whichever version or alias of it. */
const calls = (action: string, functionArn: string): boolean =>
  action === functionArn || action.startsWith(`${functionArn}:`);

/** Actions of alarms that call functions. */
export interface FunctionActions {
  add(ran: readonly Ran[], alarms: readonly Alarm[]): void;
  /** Events with which a function has been called since the last time. */
  take(functionArn: string): object[];
}

export const createFunctionActions = (): FunctionActions => {
  let waiting: { action: string; event: object }[] = [];
  return {
    add: (ran, alarms) => {
      for (const { transition, actions } of ran) {
        const alarm = alarms.find(({ definition }) => definition.name === transition.alarm);
        for (const action of alarm ? actions.filter(isFunction) : [])
          if (alarm) waiting.push({ action, event: alarmEvent(alarm, transition) });
      }
    },
    take: (functionArn) => {
      const mine = waiting.filter(({ action }) => calls(action, functionArn));
      waiting = waiting.filter((one) => !mine.includes(one));
      return mine.map(({ event }) => event);
    },
  };
};

/** A sentence for each function that alarms call and that does not run here. */
export const actionsLeftOut = (
  definitions: readonly AlarmDefinition[],
  functionArns: readonly string[],
): string[] => {
  const actions = definitions.flatMap(({ actions: of }) => [...of.ALARM, ...of.OK, ...of.INSUFFICIENT_DATA]);
  const unknown = actions.filter(
    (action) => isFunction(action) && !functionArns.some((arn) => calls(action, arn)),
  );
  return [...new Set(unknown)].map((action) => `the function ${action}, which alarms call and no schedule`);
};
