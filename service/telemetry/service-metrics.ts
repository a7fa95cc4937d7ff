/** Counts what the service does, and publishes it: lines of embedded metric format, and text for Prometheus. */
import type { Dependency } from '../../core/checks/index.ts';
import { emfLine, type MetricName } from '../../core/metrics/index.ts';
import { type BreakerRegistry, breakerStateNumber } from '../../core/resilience/index.ts';
import { type HealthSources, overallNumber, takeSnapshot } from '../health/index.ts';
import type { Messages } from '../messages/index.ts';
import type { DatabaseObserver, PoolStats } from '../postgres/index.ts';
import { DurationSample } from './duration-sample.ts';

/** Totals since the start, which only grow. */
export interface Totals {
  attempts: number;
  failures: number;
  statements: number;
  statementMs: number;
  /** By breaker. */
  transitions: ReadonlyMap<string, number>;
}

export interface MetricSources {
  environment: string;
  health: HealthSources;
  breakers: BreakerRegistry;
  pool: { readonly stats: PoolStats };
  messages: Pick<Messages, 'measured'>;
}

/** Looks at the pool between two lines, milliseconds: its peaks are what matters. */
const peakMs = 250;

export class ServiceMetrics {
  readonly observer: DatabaseObserver;
  readonly #sample = new DurationSample();
  readonly #transitions = new Map<string, number>();
  #attempts = 0;
  #failures = 0;
  #statements = 0;
  #statementMs = 0;
  #operatorActions = 0;
  /** What was published already. */
  #published = { attempts: 0, failures: 0, operatorActions: 0, transitions: new Map<string, number>() };
  #peak = { utilization: 0, waiting: 0 };
  #timers: NodeJS.Timeout[] = [];

  constructor() {
    this.observer = {
      operation: (outcome) => {
        this.#attempts += 1;
        if (outcome === 'failed') this.#failures += 1;
      },
      statement: (durationMs) => {
        this.#statements += 1;
        this.#statementMs += durationMs;
        this.#sample.add(durationMs);
      },
    };
  }

  /** One change of state of a breaker. */
  countTransition(breaker: string): void {
    this.#transitions.set(breaker, (this.#transitions.get(breaker) ?? 0) + 1);
  }

  /** One thing that an operator changed. */
  countOperatorAction(): void {
    this.#operatorActions += 1;
  }

  get totals(): Totals {
    return {
      attempts: this.#attempts,
      failures: this.#failures,
      statements: this.#statements,
      statementMs: this.#statementMs,
      transitions: this.#transitions,
    };
  }

  /** Writes lines every interval until `stop`. */
  start(sources: MetricSources, intervalMs: number, write: (line: string) => void): void {
    const look = () => this.#notePeak(sources.pool.stats);
    const publish = () => {
      for (const line of this.lines(sources, Date.now())) write(line);
    };
    this.#timers = [setInterval(look, peakMs).unref(), setInterval(publish, intervalMs).unref()];
  }

  /** Ends the writing; what is counted and not yet written goes out first. */
  stop(sources: MetricSources, write: (line: string) => void): void {
    if (this.#timers.length === 0) return;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    for (const line of this.lines(sources, Date.now())) write(line);
  }

  /** What has happened since the last call, as lines of embedded metric format. */
  lines({ environment, health, breakers, pool, messages }: MetricSources, timestamp: number): string[] {
    this.#notePeak(pool.stats);
    const line = (values: Partial<Record<MetricName, number | number[]>>, dependency?: Dependency): string =>
      emfLine({
        timestamp,
        environment,
        ...(dependency ? { dependency } : {}),
        values,
        properties: { level: 'info', msg: 'metrics' },
      });
    const { measured } = messages;
    const durations = this.#sample.take();
    const before = this.#published;
    const changes = this.#operatorActions - before.operatorActions;
    const { overall, services } = takeSnapshot(health);
    // A task that starts has not looked yet: it would tell of an outage in every deployment.
    const looked = services.every(({ critical, monitor }) => !critical || monitor?.verdict !== 'unknown');
    const own: Partial<Record<MetricName, number>> = {
      ...(looked ? { HealthStatus: overallNumber[overall] } : {}),
      // Without PostgreSQL nothing is known of the outbox: a missing value says so.
      ...(measured
        ? {
            OutboxDepth: measured.pending,
            OutboxOldestAgeSeconds: measured.oldestAgeSeconds,
            DeadLetters: measured.dead,
            ...(measured.consumerIdleSeconds === undefined
              ? {}
              : { ConsumerIdleSeconds: measured.consumerIdleSeconds }),
          }
        : {}),
      // What is not published is not billed.
      ...(changes > 0 ? { ConfigurationChanges: changes, ConfigurationChangesByHand: changes } : {}),
    };
    type Values = Partial<Record<MetricName, number | number[]>>;
    const ofDependency = new Map<string, Values>([
      [
        'postgres',
        {
          ConnectionAttempts: this.#attempts - before.attempts,
          ConnectionFailures: this.#failures - before.failures,
          PoolUtilizationPercent: this.#peak.utilization,
          PoolWaiting: this.#peak.waiting,
          ...(durations.length > 0 ? { QueryDurationMs: durations } : {}),
        },
      ],
    ]);
    for (const { name, state } of breakers.statuses()) {
      const transitions = (this.#transitions.get(name) ?? 0) - (before.transitions.get(name) ?? 0);
      ofDependency.set(name, {
        ...ofDependency.get(name),
        BreakerState: breakerStateNumber[state],
        ...(transitions > 0 ? { BreakerTransitions: transitions } : {}),
      });
    }
    const lines = [
      ...(Object.keys(own).length > 0 ? [line(own)] : []),
      // Each byte of a line is paid for: one line for each set of dimensions.
      ...[...ofDependency].map(([name, values]) => line(values, name as Dependency)),
    ];
    this.#published = {
      attempts: this.#attempts,
      failures: this.#failures,
      operatorActions: this.#operatorActions,
      transitions: new Map(this.#transitions),
    };
    this.#peak = { utilization: 0, waiting: 0 };
    return lines;
  }

  #notePeak({ inUse, size, waiting }: PoolStats): void {
    this.#peak.utilization = Math.max(this.#peak.utilization, Math.round((inUse / size) * 1_000) / 10);
    this.#peak.waiting = Math.max(this.#peak.waiting, waiting);
  }
}
