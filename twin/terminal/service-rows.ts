import { namespace } from '../../core/metrics/index.ts';
import { type Alarm, type AlarmState, seriesOf } from '../alarms/index.ts';
import { loadBalancerNamespace } from '../load-balancer/index.ts';
import type { Service } from '../service/index.ts';
import { type Row, worstOf } from './rows.ts';

/** The dependency column of these rows; no probe reports on it. */
export const serviceName = 'service';

const healthStates: Record<string, Row['state']> = { healthy: 'ok', degraded: 'degraded' };

const alarmOn = (alarms: readonly Alarm[], of: string, metric?: string): AlarmState | undefined =>
  worstOf(
    alarms.filter(({ definition }) =>
      seriesOf(definition).some(
        ({ namespace: published, name }) => published === of && (metric === undefined || name === metric),
      ),
    ),
  );

/** What the load balancer thinks of the service, and what the service says of itself. */
export const serviceRows = (service: Pick<Service, 'status' | 'health'>, alarms: readonly Alarm[]): Row[] => {
  const { state, reason, lastCheckMs } = service.status();
  const shared = { dependency: serviceName, minutesAgo: 0, check: undefined };
  const balancer: Row = {
    ...shared,
    probe: 'load balancer',
    layer: state,
    cause: reason ?? 'ok',
    // A target that has just been registered is no failure yet.
    state: state === 'healthy' ? 'ok' : state === 'initial' ? 'degraded' : 'failed',
    durationMs: lastCheckMs === undefined ? undefined : Math.round(lastCheckMs),
    alarm: alarmOn(alarms, loadBalancerNamespace),
  };
  const health = service.health();
  if (!health) return [balancer];
  const { said, notHealthy, status, durationMs } = health;
  return [
    balancer,
    {
      ...shared,
      probe: '/health',
      layer: status === undefined ? '-' : `HTTP ${status}`,
      cause: notHealthy.length > 0 ? `${said}: ${notHealthy.join(', ')}` : said,
      state: healthStates[said] ?? 'failed',
      durationMs: Math.round(durationMs),
      alarm: alarmOn(alarms, namespace, 'HealthStatus'),
    },
  ];
};
