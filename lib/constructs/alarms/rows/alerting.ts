import { type Severity, severities } from '../../notifications/index.ts';
import type { AlarmRow, Measured } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

const any = {
  period: 60,
  comparison: 'above',
  threshold: 0,
  datapoints: [1, 1],
  missing: 'notBreaching',
  severity: 'ticket',
} as const satisfies Partial<AlarmRow>;

type Way = Watched['topics'][Severity];

const failedDeliveries = (topic: string) =>
  ({
    namespace: 'AWS/SNS',
    metricName: 'NumberOfNotificationsFailed',
    dimensions: { TopicName: topic },
    statistic: 'Sum',
  }) as const satisfies Measured;

/** Of one topic where nothing stands between alarms and people. */
const failedOnTheWay = ({ alarms, people }: Way): Measured =>
  alarms === people
    ? failedDeliveries(people)
    : {
        expression: 'alarms + people',
        of: { alarms: failedDeliveries(alarms), people: failedDeliveries(people) },
      };

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
  ...severities.map(
    (kind): AlarmRow => ({
      ...any,
      name: `${kind}-topic-failing`,
      measured: failedOnTheWay(topics[kind]),
      because: 'A delivery that failed after all attempts of SNS is somebody who was not told.',
      patience: 'SNS has tried for long before it counts one.',
      says: `SNS could not deliver a ${kind} to a subscriber of ${topics[kind].alarms} or ${topics[kind].people}.`,
      consequence: 'Somebody who should know of an alarm does not.',
      // Whichever of the two is broken, the other is left.
      direct: 'also',
      runbook: 'runbooks/alerting.md#topic-failing',
      proof: { fault: `${kind}-topic`, how: 'injected' },
    }),
  ),
  {
    ...any,
    name: 'change-recorder-failing',
    measured: {
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensions: { FunctionName: functions.changeRecorder },
      statistic: 'Sum',
    },
    because: 'Each failed run is a change that is not written down.',
    patience: 'It runs only when something changes: there is no second period to wait for.',
    says: `The recorder of changes (${functions.changeRecorder}) fails.`,
    consequence:
      'A change past the deployment raises no alarm and is not on the dashboard; only the trail has it.',
    runbook: 'runbooks/alerting.md#change-recorder-failing',
    proof: { fault: 'change-recorder-errors', how: 'injected' },
  },
  {
    ...any,
    name: 'configuration-changed-by-hand',
    measured: { metric: 'ConfigurationChangesByHand', statistic: 'Sum' },
    because: 'What is deployed comes from the repository, by CloudFormation.',
    patience: 'A change is one event.',
    says: `Somebody changed database, network, tasks or secrets of ${service.cluster} past the deployment, or an operator a breaker or the pool; the log of changes says who and what.`,
    consequence:
      'The next deployment undoes what differs from it, or fails on it; a breaker stays as it was put.',
    runbook: 'runbooks/configuration.md#changed-by-hand',
    // The rules and the recorder are real; the event that AWS would send is made up.
    proof: { fault: 'security-group', how: 'injected' },
  },
];
