import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

const any = {
  period: 60,
  comparison: 'above',
  threshold: 0,
  datapoints: [1, 1],
  missing: 'notBreaching',
  severity: 'ticket',
} as const satisfies Partial<AlarmRow>;

/** The way from an alarm to people. */
export const alertingRows = ({ functions, service, topics }: Watched): AlarmRow[] => [
  ...(functions.notifier === undefined
    ? []
    : [
        {
          ...any,
          name: 'notifier-failing',
          measured: {
            namespace: 'AWS/Lambda',
            metricName: 'Errors',
            dimensions: { FunctionName: functions.notifier },
            statistic: 'Sum',
          },
          because:
            'Each failed run is a change of state that was delivered raw, or that only a chat was to get and did not.',
          patience: 'It runs only when an alarm changes: there is no second period to wait for.',
          says: `The notifier (${functions.notifier}) fails; alarms are delivered as CloudWatch writes them.`,
          consequence: 'Pages and tickets come without cause, remedy and thread.',
          direct: true,
          runbook: 'runbooks/alerting.md#notifier-failing',
          proof: { fault: 'notifier-crash', how: 'driven' },
        } as const satisfies AlarmRow,
      ]),
  ...(['page', 'ticket'] as const).map(
    (kind): AlarmRow => ({
      ...any,
      name: `${kind}-topic-failing`,
      measured: {
        namespace: 'AWS/SNS',
        metricName: 'NumberOfNotificationsFailed',
        dimensions: { TopicName: topics[kind] },
        statistic: 'Sum',
      },
      because: 'A delivery that failed after all attempts of SNS is somebody who was not told.',
      patience: 'SNS has tried for long before it counts one.',
      says: `A ${kind} could not be delivered to a subscriber of ${topics[kind]}.`,
      consequence: 'Somebody who should know of an alarm does not.',
      runbook: 'runbooks/alerting.md#topic-failing',
      proof: { fault: `${kind}-topic`, how: 'injected' },
    }),
  ),
  {
    ...any,
    name: 'configuration-changed-by-hand',
    measured: { metric: 'ConfigurationChangesByHand', statistic: 'Sum' },
    because: 'What is deployed comes from the repository, by CloudFormation.',
    patience: 'A change is one event.',
    says: `Somebody changed database, network, tasks or secrets of ${service.cluster} past the deployment; the log of changes says who and what.`,
    consequence: 'The next deployment undoes it, or fails on it.',
    runbook: 'runbooks/configuration.md#changed-by-hand',
    // The rules and the recorder are real; the event that AWS would send is made up.
    proof: { fault: 'security-group', how: 'injected' },
  },
];
