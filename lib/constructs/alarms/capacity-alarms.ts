import { causes } from '../../../core/causes/index.ts';
import type { AlarmRow } from './alarm-row.ts';

/** Below this share there are minutes left, not hours. */
const criticalPercent = 5;

const headroom = {
  metric: 'ConnectionHeadroomPercent',
  dependency: 'postgres',
  period: 60,
} as const satisfies Partial<AlarmRow>;

/**
 * The capacity probe.
 * @param lowPercent the share below which it says itself that the headroom is low
 */
export const capacityAlarms = (functionName: string, lowPercent: number): AlarmRow[] => {
  const critical = Math.min(criticalPercent, lowPercent);
  const says = (percent: number): string =>
    `Less than ${percent} % of the connections of the database are left; the report of ${functionName} names who holds them.`;
  return [
    {
      ...headroom,
      name: 'connections-headroom-low',
      statistic: 'Minimum',
      comparison: 'below',
      threshold: lowPercent,
      // A deployment takes a step of a minute or two; what lasts longer is looked at.
      datapoints: [3, 5],
      missing: 'notBreaching',
      severity: 'ticket',
      says: says(lowPercent),
      consequence: 'Nothing fails yet; new tasks and people who look at the server will not get in.',
      runbook: causes.HEADROOM_LOW.runbook,
    },
    {
      ...headroom,
      name: 'connections-headroom-critical',
      statistic: 'Minimum',
      comparison: 'below',
      threshold: critical,
      datapoints: [2, 3],
      missing: 'notBreaching',
      severity: 'page',
      says: says(critical),
      consequence: 'Requests that need a new connection fail now or within minutes.',
      runbook: causes.TOO_MANY_CONNECTIONS.runbook,
    },
    {
      ...headroom,
      name: 'capacity-probe-silent',
      statistic: 'SampleCount',
      comparison: 'below',
      threshold: 1,
      // There is no number while the database is away, which is another alarm's to tell; this one is for the
      // probe's own role, secret or schedule, and can wait.
      datapoints: [15, 15],
      missing: 'breaching',
      severity: 'ticket',
      says: `The capacity probe (${functionName}) has not known for 15 minutes how many connections are left.`,
      consequence: 'Nobody is told when they run out.',
      runbook: 'runbooks/probes.md#silence',
    },
  ];
};
