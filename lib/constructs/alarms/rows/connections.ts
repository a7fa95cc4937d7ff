import { causes } from '../../../../core/causes/index.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { capacitySilent } from './probes.ts';

/** Below this share there are minutes left, not hours. */
const criticalPercent = 5;

const headroom = {
  measured: { metric: 'ConnectionHeadroomPercent', dependency: 'postgres', statistic: 'Minimum' },
  period: 60,
  comparison: 'below',
  missing: 'notBreaching',
  severity: 'ticket',
} as const satisfies Partial<AlarmRow>;

/**
 * Everything that the capacity probe can tell.
 * @param headroomPercent the share below which it says itself that the headroom is low
 */
export const capacityRows = (
  functions: Pick<Watched['functions'], 'capacity'>,
  headroomPercent: number,
): AlarmRow[] => {
  const critical = Math.min(criticalPercent, headroomPercent);
  const says = (percent: number): string =>
    `Less than ${percent} % of the connections of the database are left; the report of ${functions.capacity} names who holds them.`;
  return [
    {
      ...headroom,
      name: 'connections-headroom-low',
      threshold: headroomPercent,
      because: 'CAPACITY_HEADROOM_PERCENT, of the connections that the server really offers.',
      datapoints: [3, 5],
      patience: 'A deployment takes a step of a minute or two; what lasts longer is looked at.',
      says: says(headroomPercent),
      consequence: 'Nothing fails yet; new tasks and people who look at the server will not get in.',
      runbook: causes.HEADROOM_LOW.runbook,
      proof: { fault: 'connections-full', how: 'driven' },
    },
    {
      ...headroom,
      name: 'connections-headroom-critical',
      threshold: critical,
      because: `${critical} % are gone within minutes.`,
      datapoints: [2, 3],
      patience: 'One measurement may fall into a burst.',
      says: says(critical),
      consequence: 'Requests that need a new connection fail now or within minutes.',
      runbook: causes.TOO_MANY_CONNECTIONS.runbook,
      proof: { fault: 'connections-full', how: 'driven' },
    },
    capacitySilent(functions),
  ];
};
