import type { MetricName } from '../../../../core/metrics/index.ts';
import { ownSeries } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { MetricWidget, Section, Series } from '../widget.ts';

/** Events on their way to their consumers. */
export const messages = (
  { environment, runbooks }: Subject,
  { messages: transport }: NonNullable<Subject['service']>,
): Section => {
  /** By the longest of a minute, and by the shortest: a minute counts for its alarm when that is too long too. */
  const ranging = (name: MetricName): Series[] => [
    ownSeries(name, environment, { label: 'longest' }),
    ownSeries(name, environment, { label: 'shortest', stat: 'Minimum' }),
  ];
  const outbox: MetricWidget = {
    kind: 'metric',
    title: 'Messages that wait in the outbox',
    view: 'course',
    period: 60,
    series: [ownSeries('OutboxDepth', environment, { label: 'waiting' })],
    axis: { label: 'messages', min: 0 },
  };
  const age: MetricWidget = {
    kind: 'metric',
    title: 'Age of the oldest in the outbox',
    view: 'course',
    period: 60,
    series: ranging('OutboxOldestAgeSeconds'),
    axis: { label: 's', min: 0 },
    watchedBy: ['messages-waiting'],
  };
  const dead: MetricWidget = {
    kind: 'metric',
    title: 'Dead letters',
    view: 'course',
    period: 60,
    series: [ownSeries('DeadLetters', environment, { label: 'dead' })],
    axis: { label: 'messages', min: 0 },
    watchedBy: ['dead-letters'],
  };
  const consumers: MetricWidget = {
    kind: 'metric',
    title: 'How long consumers have taken nothing that waits',
    view: 'course',
    period: 60,
    series:
      transport.type === 'redis'
        ? ranging('ConsumerIdleSeconds')
        : [
            {
              namespace: 'AWS/SQS',
              metric: 'ApproximateAgeOfOldestMessage',
              dimensions: { QueueName: transport.queueName },
              stat: 'Maximum',
              label: 'oldest in the queue',
            },
          ],
    axis: { label: 's', min: 0 },
    watchedBy: ['consumers-idle'],
  };
  const links = [
    runbooks.link('Waiting', 'runbooks/messages.md#messages-waiting'),
    runbooks.link('Dead', 'runbooks/messages.md#dead-letters'),
  ];
  return {
    title: `Messages. ${links.join(' · ')}`,
    rows: [
      {
        height: 6,
        cells: [
          { widgets: [outbox] },
          { widgets: [age] },
          { widgets: [dead] },
          { widgets: [consumers] },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of messages',
                conditions: ['messages-waiting', 'dead-letters', 'consumers-idle'],
              },
            ],
          },
        ],
      },
    ],
  };
};
