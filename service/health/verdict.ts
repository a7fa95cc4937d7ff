/** From what the monitors and breakers say to what the service says of itself. */
import type { CauseCode } from '../../core/causes/index.ts';
import type { Dependency } from '../../core/checks/index.ts';
import type { BreakerStatus } from '../../core/resilience/index.ts';
import type { Phase } from '../lifecycle.ts';
import { dependencies } from './dependencies.ts';
import type { MigrationState } from './migrations.ts';
import type { MonitorState } from './monitor.ts';

export type Overall = 'healthy' | 'degraded' | 'unhealthy';
/** `recovering`: it answers again, and its breaker lets only a few calls through. */
export type ServiceStatus = 'healthy' | 'degraded' | 'recovering' | 'unhealthy' | 'disabled';

/** The number of each in the metric `HealthStatus`. */
export const overallNumber: Record<Overall, number> = { healthy: 0, degraded: 1, unhealthy: 2 };

export interface ServiceVerdict {
  name: Dependency;
  critical: boolean;
  status: ServiceStatus;
  /** Why it is not healthy, in one sentence without addresses. */
  reason?: string;
  cause?: CauseCode;
}

const notKnown = (state: MonitorState): string =>
  state.stale ? 'the last check is too old to be trusted' : 'it has not been checked yet';

const withoutBreaker = (state: MonitorState): ServiceVerdict => {
  const { dependency: name, critical, verdict, stale, check } = state;
  const cause = check?.cause ? { cause: check.cause } : {};
  if (verdict === 'unknown' || stale)
    return { name, critical, status: critical ? 'unhealthy' : 'degraded', reason: notKnown(state), ...cause };
  if (verdict === 'down')
    return { name, critical, status: 'unhealthy', reason: 'the last checks failed', ...cause };
  return { name, critical, status: 'healthy' };
};

/** One dependency. An open breaker in front of one that answers: it is back, and not yet used as before. */
export const serviceVerdict = (state: MonitorState, breaker: BreakerStatus | undefined): ServiceVerdict => {
  const verdict = withoutBreaker(state);
  if (verdict.status !== 'healthy' || !breaker || breaker.state === 'closed') return verdict;
  return breaker.state === 'open'
    ? { ...verdict, status: 'degraded', reason: 'Circuit breaker is open' }
    : { ...verdict, status: 'recovering', reason: 'Circuit breaker is half-open' };
};

/** Down means down for a critical dependency only; everything else that is not healthy is degraded. */
export const overallOf = (services: readonly ServiceVerdict[]): Overall => {
  if (services.some(({ critical, status }) => critical && status === 'unhealthy')) return 'unhealthy';
  return services.some(({ status }) => status !== 'healthy' && status !== 'disabled')
    ? 'degraded'
    : 'healthy';
};

/** What is lost, dependency by dependency. */
export const lossesOf = (services: readonly ServiceVerdict[]) =>
  services
    .filter(({ status }) => status === 'unhealthy' || status === 'degraded')
    .map(({ name, status, cause }) => ({
      service: name,
      status,
      ...(cause ? { cause } : {}),
      lost: dependencies[name].lost,
    }));

export interface ReadyCheck {
  name: string;
  passed: boolean;
  critical: boolean;
  degraded_mode?: true;
  recovering?: true;
  reason?: string;
  cause?: CauseCode;
}

export interface Readiness {
  ready: boolean;
  can_serve_traffic: boolean;
  degraded_mode: boolean;
  checks: ReadyCheck[];
}

const readyCheck = ({ name, critical, status, reason, cause }: ServiceVerdict): ReadyCheck => {
  // A critical one is degraded only while its breaker is open although it answers.
  const recovering = status === 'recovering' || (critical && status === 'degraded');
  const passed = status === 'healthy' || recovering;
  return {
    name: name === 'postgres' ? 'database' : name,
    passed,
    critical,
    ...(recovering ? { recovering } : {}),
    ...(passed || critical ? {} : { degraded_mode: true as const }),
    ...(reason ? { reason } : {}),
    ...(cause && !passed ? { cause } : {}),
  };
};

const phaseReasons: Record<Phase, string> = {
  starting: 'the service is starting',
  serving: '',
  draining: 'the service is draining: it is about to stop',
};

/**
 * Whether requests can be served: the critical dependencies, the start-up and the migrations decide. A breaker
 * in front of PostgreSQL does not: it closes by itself once its calls succeed.
 */
export const readinessOf = (
  services: readonly ServiceVerdict[],
  migrations: MigrationState,
  phase: Phase,
): Readiness => {
  const checks: ReadyCheck[] = [
    {
      name: 'lifecycle',
      passed: phase === 'serving',
      critical: true,
      ...(phase === 'serving' ? {} : { reason: phaseReasons[phase] }),
    },
    ...services.filter(({ status }) => status !== 'disabled').map(readyCheck),
    {
      name: 'migrations',
      passed: migrations.applied,
      critical: true,
      ...(migrations.applied ? {} : { reason: migrations.reason }),
    },
  ];
  const ready = checks.every(({ passed }) => passed);
  const can = checks.every(({ critical, passed }) => !critical || passed);
  return { ready, can_serve_traffic: can, degraded_mode: can && !ready, checks };
};
