import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

/** What the oldest message may wait, s: delivery takes less than one, and retries with backoff a few. */
const waitingSeconds = 60;

export const messageRows = ({ transport, service }: Watched): AlarmRow[] => [
  ...(transport === 'none'
    ? []
    : [
        {
          name: 'messages-waiting',
          measured: { metric: 'OutboxOldestAgeSeconds', statistic: 'Minimum' },
          period: 60,
          comparison: 'above',
          threshold: waitingSeconds,
          because: `${waitingSeconds} s are more than all retries of a delivery take.`,
          datapoints: [5, 5],
          patience: 'A transport that fails over is back within minutes, and nothing is lost meanwhile.',
          missing: 'notBreaching',
          severity: 'ticket',
          says: `Messages of ${service.name} have waited in the outbox for more than ${waitingSeconds} s for 5 minutes: the transport (${transport}) does not take them.`,
          consequence:
            'Registered models are not deployed until it does; the messages are kept in PostgreSQL.',
          runbook: 'runbooks/messages.md#messages-waiting',
          proof: { fault: 'redis-stop', how: 'driven' },
        } as const satisfies AlarmRow,
      ]),
  {
    name: 'dead-letters',
    measured: { metric: 'DeadLetters', statistic: 'Maximum' },
    period: 60,
    comparison: 'above',
    threshold: 0,
    because: 'Each is an event that somebody waits for.',
    datapoints: [1, 1],
    patience: 'A dead letter does not go away by itself.',
    missing: 'notBreaching',
    severity: 'ticket',
    says: `Messages of ${service.name} were given up after all attempts, by the relay or by a consumer.`,
    consequence: 'Those models are not deployed until the messages are redriven.',
    runbook: 'runbooks/messages.md#dead-letters',
    proof: { fault: 'dead-letter', how: 'driven' },
  },
  ...(transport === 'redis'
    ? [
        {
          name: 'consumers-idle',
          measured: { metric: 'ConsumerIdleSeconds', statistic: 'Minimum' },
          period: 60,
          comparison: 'above',
          threshold: 0,
          because: 'A consumer that lives takes a message within seconds, which sets it to 0.',
          datapoints: [10, 10],
          patience: 'Ten minutes in which messages waited at every look, and none was taken.',
          missing: 'notBreaching',
          severity: 'ticket',
          says: `Messages of ${service.name} have waited in the Redis list for 10 minutes, and nobody takes them.`,
          consequence: 'Registered models are not deployed; the list grows in the memory of Redis.',
          runbook: 'runbooks/messages.md#nobody-consumes',
          proof: { fault: 'consumer-stop', how: 'driven' },
        } as const satisfies AlarmRow,
      ]
    : []),
];
