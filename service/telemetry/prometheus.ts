/**
 * `/metrics` in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * Everything is read from memory: a scrape asks no dependency. The names that begin with `mlflow_` are those
 * that dashboards of today know.
 */
import { breakerStateNumber } from '../../core/resilience/index.ts';
import { overallNumber, takeSnapshot } from '../health/index.ts';
import type { MessageMeasure } from '../messages/index.ts';
import type { MetricSources, ServiceMetrics } from './service-metrics.ts';

interface Series {
  labels?: Record<string, string>;
  value: number;
}

const block = (name: string, type: 'gauge' | 'counter', help: string, series: Series[]): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...series.map(({ labels = {}, value }) => {
    const text = Object.entries(labels).map(([label, of]) => `${label}="${of.replace(/["\\\n]/g, '_')}"`);
    return `${name}${text.length > 0 ? `{${text.join(',')}}` : ''} ${value}`;
  }),
];

const messageBlocks = (measured: MessageMeasure | undefined): string[][] =>
  measured
    ? [
        block('breakwater_outbox_depth', 'gauge', 'Messages neither delivered nor dead.', [
          { value: measured.pending },
        ]),
        block('breakwater_outbox_oldest_age_seconds', 'gauge', 'Age of the oldest of them.', [
          { value: measured.oldestAgeSeconds },
        ]),
        block('breakwater_dead_letters', 'gauge', 'Dead messages in the outbox.', [{ value: measured.dead }]),
        ...(measured.consumerIdleSeconds === undefined
          ? []
          : [
              block(
                'breakwater_consumer_idle_seconds',
                'gauge',
                'How long messages have waited in the list without one being taken.',
                [{ value: measured.consumerIdleSeconds }],
              ),
            ]),
      ]
    : [];

export const prometheusText = (
  metrics: ServiceMetrics,
  { health, breakers, pool, messages }: MetricSources,
): string => {
  const { attempts, failures, statements, statementMs, transitions } = metrics.totals;
  const { stats } = pool;
  const snapshot = takeSnapshot(health);
  const checked = snapshot.services.filter(({ monitor }) => monitor?.checkedAt !== undefined);
  const mlflow = snapshot.services.find(({ name }) => name === 'mlflow');
  const { history } = health.watch.monitors.find(({ dependency }) => dependency === 'mlflow') ?? {};
  const checks = (wanted: boolean[]) =>
    (history?.stretches() ?? [])
      .filter(({ ok }) => wanted.includes(ok))
      .reduce((sum, one) => sum + one.checks, 0);
  const perBreaker = (value: (name: string) => number): Series[] =>
    breakers.names().map((dependency) => ({ labels: { dependency }, value: value(dependency) }));
  const status = (name: string) => breakers.get(name)?.status();
  return [
    block('breakwater_health_status', 'gauge', 'What /health says: 0 healthy, 1 degraded, 2 unhealthy.', [
      { value: overallNumber[snapshot.overall] },
    ]),
    ...messageBlocks(messages.measured),
    block(
      'breakwater_dependency_up',
      'gauge',
      'Whether the last background checks succeeded.',
      checked.map(({ name, monitor }) => ({
        labels: { dependency: name },
        value: monitor?.verdict === 'up' && !monitor.stale ? 1 : 0,
      })),
    ),
    block(
      'breakwater_dependency_check_duration_ms',
      'gauge',
      'Duration of the last background check.',
      checked.map(({ name, monitor }) => ({
        labels: { dependency: name },
        value: monitor?.check?.durationMs ?? 0,
      })),
    ),
    block(
      'breakwater_breaker_state',
      'gauge',
      'State of the circuit breaker: 0 closed, 1 half-open, 2 open.',
      perBreaker((name) => breakerStateNumber[status(name)?.state ?? 'closed']),
    ),
    block(
      'breakwater_breaker_transitions_total',
      'counter',
      'Changes of state of the circuit breaker.',
      perBreaker((name) => transitions.get(name) ?? 0),
    ),
    block(
      'breakwater_connection_attempts_total',
      'counter',
      'Operations that wanted a database connection.',
      [{ value: attempts }],
    ),
    block('breakwater_connection_failures_total', 'counter', 'Those that failed for want of a working one.', [
      { value: failures },
    ]),
    block('breakwater_statements_total', 'counter', 'Statements sent to the database.', [
      { value: statements },
    ]),
    block('breakwater_statement_duration_ms_total', 'counter', 'Time that they took together.', [
      { value: Math.round(statementMs) },
    ]),
    block('breakwater_pool_connections', 'gauge', 'Connections of the pool.', [
      { labels: { state: 'in_use' }, value: stats.inUse },
      { labels: { state: 'idle' }, value: stats.idle },
    ]),
    block('breakwater_pool_size', 'gauge', 'Most connections that the pool opens.', [{ value: stats.size }]),
    block('breakwater_pool_waiting', 'gauge', 'Requests that wait for a connection.', [
      { value: stats.waiting },
    ]),
    block('mlflow_circuit_breaker_state', 'gauge', '0 CLOSED, 1 HALF_OPEN, 2 OPEN.', [
      { value: breakerStateNumber[status('mlflow')?.state ?? 'closed'] },
    ]),
    block('mlflow_circuit_breaker_failures_total', 'gauge', 'Failures that the breaker counts now.', [
      { value: status('mlflow')?.failures ?? 0 },
    ]),
    block('mlflow_connection_status', 'gauge', '1 while MLflow answers the background check.', [
      { value: mlflow?.monitor?.verdict === 'up' && !mlflow.monitor.stale ? 1 : 0 },
    ]),
    block('mlflow_connection_attempts_total', 'counter', 'Background checks of MLflow that are kept.', [
      { value: checks([true, false]) },
    ]),
    block('mlflow_connection_failures_total', 'counter', 'Those that failed.', [{ value: checks([false]) }]),
  ]
    .flat()
    .concat('')
    .join('\n');
};
