import { namespace } from '../../core/metrics/index.ts';
import { type Alarm, seriesOf } from '../alarms/index.ts';
import type { ExampleConsumer } from '../consumer/index.ts';
import { type Row, worstOf } from './rows.ts';

const messageMetrics = ['OutboxDepth', 'OutboxOldestAgeSeconds', 'DeadLetters', 'ConsumerIdleSeconds'];

/** What has come of the events that the service has written; nothing where there is no consumer. */
export const consumerRows = (
  consumer: Pick<ExampleConsumer, 'taken' | 'again' | 'problem'> | undefined,
  alarms: readonly Alarm[],
): Row[] =>
  consumer
    ? [
        {
          dependency: 'messages',
          probe: 'consumer',
          layer: `${consumer.taken} taken`,
          cause: consumer.problem ?? (consumer.again > 0 ? `ok, ${consumer.again} of them twice` : 'ok'),
          state: consumer.problem === undefined ? 'ok' : 'degraded',
          durationMs: undefined,
          alarm: worstOf(
            alarms.filter(({ definition }) =>
              seriesOf(definition).some(
                (series) => series.namespace === namespace && messageMetrics.includes(series.name),
              ),
            ),
          ),
          minutesAgo: 0,
          check: undefined,
        },
      ]
    : [];
