/**
 * What each health path shows. A summary for anyone has codes, numbers and sentences of ours; addresses, names
 * and texts of servers are for operators only. A secret is in neither: nothing here has one.
 */
import { cpus, totalmem } from 'node:os';
import { causes, remedyOf } from '../../core/causes/index.ts';
import type { BreakerStatus, Transition } from '../../core/resilience/index.ts';
import type { Messages } from '../messages/index.ts';
import type { RedisState } from '../redis/index.ts';
import type { Stretch } from './history.ts';
import type { HealthSources, ServiceSnapshot, Snapshot } from './snapshot.ts';
import { lossesOf } from './verdict.ts';

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
const whole = (value: number): number => Math.round(value * 10) / 10;

/** `/health`, for anyone. */
export const summaryView = ({ at, overall, services }: Snapshot, version: string) => ({
  status: overall,
  version,
  timestamp: at.toISOString(),
  services: {
    api: 'healthy',
    ...Object.fromEntries(services.map(({ name, status }) => [name, status])),
  },
  degraded: lossesOf(services),
  system_info: null as null | ReturnType<typeof systemInfo>,
});

/** Share of one core, and of the memory that the process may have, since the start of the process. */
const systemInfo = () => {
  const { user, system } = process.cpuUsage();
  const memory = process.constrainedMemory() || totalmem();
  return {
    cpu_percent: whole((user + system) / 10_000 / Math.max(process.uptime(), 0.001) / cpus().length),
    memory_percent: whole((process.memoryUsage.rss() / Math.min(memory, totalmem())) * 100),
  };
};

const breakerView = (breaker: BreakerStatus, detailed: boolean) => ({
  state: breaker.state,
  held_open: breaker.heldOpen,
  failures: breaker.failures,
  successes: breaker.successes,
  successes_required: breaker.successesRequired,
  failed_recoveries: breaker.failedRecoveries,
  transitions: breaker.transitions,
  retry_after_ms: Number.isFinite(breaker.retryAfterMs) ? Math.ceil(breaker.retryAfterMs) : null,
  since: iso(breaker.since),
  // An operator's own words may be among the reasons.
  ...(detailed ? { opening_cause: breaker.openingCause ?? null } : {}),
});

/** One breaker with everything, for operators. */
export const fullBreakerView = (breaker: BreakerStatus) => ({
  name: breaker.name,
  ...breakerView(breaker, true),
});

const serviceView = (service: ServiceSnapshot, detailed: boolean) => {
  const { name, status, critical, reason, warning, cause, monitor, breaker } = service;
  const { check } = monitor ?? {};
  const known = cause ? causes[cause] : undefined;
  return {
    status,
    critical,
    ...(reason ? { reason } : {}),
    ...(warning ? { warning } : {}),
    ...(known
      ? {
          cause,
          layer: check?.layer ?? known.layer,
          meaning: known.meaning,
          remedy: remedyOf(known.code, {
            dependency: name,
            ...(check?.evidence ? { evidence: check.evidence } : {}),
          }),
          runbook: known.runbook,
        }
      : {}),
    ...(monitor
      ? {
          since: iso(monitor.since),
          checked_at: iso(monitor.checkedAt),
          last_up: iso(monitor.lastUpAt),
          last_down: iso(monitor.lastDownAt),
          stale: monitor.stale,
          failures_in_a_row: monitor.failures,
          latency_ms: check?.durationMs ?? null,
        }
      : {}),
    ...(breaker ? { breaker: breakerView(breaker, detailed) } : {}),
    ...(detailed && check
      ? {
          target: check.target,
          detail: check.detail ?? null,
          evidence: check.evidence ?? {},
          phases: check.phases ?? {},
        }
      : {}),
  };
};

/** The client of Redis, which may lack connections while the monitor's own works. */
const redisPoolView = ({ size, ready, pending, failure }: RedisState, detailed: boolean) => ({
  size,
  ready,
  pending,
  cause: failure?.cause ?? null,
  ...(detailed ? { detail: failure?.detail ?? null } : {}),
});

/** What the queue cannot do although its servers answer, such as with a key of another type. */
const messagesView = ({ troubles }: Pick<Messages, 'troubles'>, detailed: boolean) => ({
  troubles: [...troubles].map(([work, { cause, detail }]) => ({
    work,
    cause,
    ...(detailed ? { detail } : {}),
  })),
});

/** `/health/detailed`: the summary and each service; with a token also what only operators may see. */
export const detailedView = (snapshot: Snapshot, sources: HealthSources, detailed: boolean) => {
  const { build, pool, redis, messages, lifecycle } = sources;
  const { migrations, services } = snapshot;
  return {
    ...summaryView(snapshot, build.version),
    system_info: systemInfo(),
    details: Object.fromEntries(services.map((service) => [service.name, serviceView(service, detailed)])),
    pool: pool.stats,
    ...(redis ? { redis_pool: redisPoolView(redis.state, detailed) } : {}),
    messages: messagesView(messages, detailed),
    history: historyView(sources, detailed, latest),
    ...(detailed
      ? {
          phase: lifecycle.phase,
          uptime_seconds: Math.round(process.uptime()),
          git_commit: build.gitCommit,
          migrations,
        }
      : {}),
  };
};

const stretchView = (stretch: Readonly<Stretch>, detailed: boolean) => ({
  ok: stretch.ok,
  ...(stretch.cause ? { cause: stretch.cause } : {}),
  from: iso(stretch.from),
  to: iso(stretch.to),
  checks: stretch.checks,
  average_ms: whole(stretch.totalMs / stretch.checks),
  slowest_ms: whole(stretch.slowestMs),
  ...(detailed && stretch.detail !== undefined ? { detail: stretch.detail } : {}),
});

const transitionView = ({ breaker, from, to, reason, actor, at }: Transition, detailed: boolean) => ({
  at: iso(at),
  breaker,
  from,
  to,
  ...(detailed ? { reason, ...(actor === undefined ? {} : { actor }) } : {}),
});

/** Share of the checks that succeeded, of those that are kept; null before the first. */
const availability = (stretches: readonly Readonly<Stretch>[]): number | null => {
  const checks = (wanted: (stretch: Readonly<Stretch>) => boolean): number =>
    stretches.filter(wanted).reduce((sum, stretch) => sum + stretch.checks, 0);
  const all = checks(() => true);
  return all === 0 ? null : Math.round((checks(({ ok }) => ok) / all) * 10_000) / 100;
};

/** Stretches and transitions that the details show; `/health/history` has all that are kept. */
const latest = 10;

/** `/health/history`: what the checks came to, stretch by stretch, and the transitions of the breakers. */
export const historyView = (
  { watch, breakerLog }: HealthSources,
  detailed: boolean,
  most = Number.POSITIVE_INFINITY,
) => ({
  services: Object.fromEntries(
    watch.monitors.map(({ dependency, history }) => {
      const stretches = history.stretches();
      return [
        dependency,
        {
          availability_percent: availability(stretches),
          stretches: stretches.slice(-most).map((stretch) => stretchView(stretch, detailed)),
        },
      ];
    }),
  ),
  transitions: breakerLog
    .transitions()
    .slice(-most)
    .map((transition) => transitionView(transition, detailed)),
});
