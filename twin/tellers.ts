import type { AlarmEvaluator } from './alarms/index.ts';
import { type MetricSource, minute } from './clock.ts';
import type { Foundation } from './foundation.ts';
import { createAlarmPublisher, createFunctionActions } from './notifications/index.ts';
import type { Cleanups } from './stopping.ts';
import type { Assembly } from './template/index.ts';
import type { Teller } from './watch.ts';

/** Measures what Lambda publishes of the functions that take messages. */
export interface Tellers extends MetricSource {
  /** For the alarms of one evaluator: what they told already is not told again. */
  of(evaluator: AlarmEvaluator): Teller;
}

/** What follows from a minute: its lines can be read, and its alarms are told. */
export const createTellers = (assembly: Assembly, foundation: Foundation, cleanups: Cleanups): Tellers => {
  const { logs, deliveries, resolve, environment } = foundation;
  const group = (functionName: string): string => `/aws/lambda/${functionName}`;
  let at = 0;
  const publisher = createAlarmPublisher({
    ...{ assembly, resolve, environment, deliveries },
    onLines: (functionName, lines) => logs.add(group(functionName), at, lines),
  });
  cleanups.add(() => publisher.stop());
  return {
    take: () => publisher.take(),
    of: (evaluator: AlarmEvaluator): Teller => {
      let told = 0;
      const calls = createFunctionActions();
      return {
        tell: async (tick) => {
          at = tick.at;
          for (const { functionName, lines = [] } of tick.outcomes) logs.add(group(functionName), at, lines);
          deliveries.setTime({ minute: tick.number + 1, at: at + minute });
          const ran = evaluator.notifications.slice(told).filter(({ mutedBy }) => mutedBy === undefined);
          told = evaluator.notifications.length;
          calls.add(ran, evaluator.alarms);
          await publisher.publish(ran, evaluator.alarms);
        },
        called: (probe) => calls.take(probe.arn),
      };
    },
  };
};
