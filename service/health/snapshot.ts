/** What the service knows of itself at this moment; reading it asks nobody and changes nothing. */
import type { BreakerRegistry, BreakerStatus } from '../../core/resilience/index.ts';
import type { BreakerLog } from '../breaker-log.ts';
import type { BuildInfo } from '../build-info.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Messages } from '../messages/index.ts';
import type { PoolStats } from '../postgres/index.ts';
import type { RedisState } from '../redis/index.ts';
import type { MigrationState } from './migrations.ts';
import type { MonitorState } from './monitor.ts';
import type { Watch } from './monitors.ts';
import {
  type Overall,
  overallOf,
  type Readiness,
  readinessOf,
  type ServiceVerdict,
  serviceVerdict,
} from './verdict.ts';

/** Where the health endpoints look. */
export interface HealthSources {
  watch: Watch;
  breakers: BreakerRegistry;
  breakerLog: BreakerLog;
  pool: { readonly stats: PoolStats };
  /** Absent when it is not used. */
  redis?: { readonly state: RedisState };
  messages: Pick<Messages, 'troubles' | 'warning'>;
  lifecycle: Lifecycle;
  build: BuildInfo;
}

export interface ServiceSnapshot extends ServiceVerdict {
  monitor?: MonitorState;
  breaker?: BreakerStatus;
  /** It works, and something is set so that it may lose what it has. */
  warning?: string;
}

export interface Snapshot {
  at: Date;
  overall: Overall;
  services: readonly ServiceSnapshot[];
  readiness: Readiness;
  migrations: MigrationState;
}

/** Redis that is off is no loss: it is said, and counts as nothing. */
const redisOff: ServiceVerdict = { name: 'redis', critical: false, status: 'disabled' };

export const takeSnapshot = ({ watch, breakers, lifecycle, messages }: HealthSources): Snapshot => {
  const services: ServiceSnapshot[] = watch.monitors.map((one) => {
    const monitor = one.state();
    const breaker = breakers.get(one.dependency)?.status();
    const warning = one.dependency === 'redis' ? messages.warning : undefined;
    return {
      ...serviceVerdict(monitor, breaker),
      monitor,
      ...(breaker ? { breaker } : {}),
      ...(warning ? { warning } : {}),
    };
  });
  if (!services.some(({ name }) => name === 'redis')) services.splice(1, 0, redisOff);
  return {
    at: new Date(),
    overall: overallOf(services),
    services,
    readiness: readinessOf(services, watch.migrations.state, lifecycle.phase),
    migrations: watch.migrations.state,
  };
};
