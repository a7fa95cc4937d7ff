/** The shapes of the health answers, as views.ts makes them. */
import { causes, layers } from '../../core/causes/index.ts';
import type { Phase } from '../lifecycle.ts';
import {
  amount,
  closed,
  count,
  exactly,
  flag,
  listOf,
  type NamedSchema,
  named,
  nullable,
  oneOf,
  ref,
  type Schema,
  text,
  time,
} from '../openapi/index.ts';
import { breakerState } from './breaker-schemas.ts';
import { dependencies } from './dependencies.ts';
import { overallNumber, type ServiceStatus } from './verdict.ts';

const names = Object.keys(dependencies);
const phases = Object.keys({ starting: 0, serving: 0, draining: 0 } satisfies Record<Phase, 0>);
const statuses = Object.keys({
  healthy: 0,
  degraded: 0,
  recovering: 0,
  unhealthy: 0,
  disabled: 0,
} satisfies Record<ServiceStatus, 0>);

const layer = oneOf(Object.keys(layers), 'The lowest layer that fails.');
const cause = ref('CauseCode');

const forEach = (schema: Schema): Record<string, Schema> =>
  Object.fromEntries(names.map((name) => [name, schema]));

const service = (operator: boolean): Schema => ({
  ...closed(
    { status: ref('ServiceStatus'), critical: flag() },
    {
      reason: text('Why it is not healthy.'),
      warning: text('What is set so that it may lose something, although it is healthy.'),
      cause,
      layer,
      meaning: text(),
      remedy: text('What to do first.'),
      runbook: text('Page and anchor in this project.'),
      since: time('Of the last change between up and down.'),
      checked_at: nullable(time()),
      last_up: nullable(time()),
      last_down: nullable(time()),
      stale: flag('The last success is too old to be trusted.'),
      failures_in_a_row: count(),
      latency_ms: nullable(amount('Of the last check.')),
      breaker: ref(operator ? 'OperatorBreaker' : 'Breaker'),
      ...(operator
        ? {
            target: text('What was checked.'),
            detail: nullable(text()),
            evidence: { type: 'object', description: 'Facts that support the cause.' },
            phases: closed(
              {},
              { dnsMs: amount(), tcpMs: amount(), tlsMs: amount(), authMs: amount(), queryMs: amount() },
            ),
          }
        : {}),
    },
  ),
  dependentRequired: {
    cause: ['layer', 'meaning', 'remedy', 'runbook', 'reason'],
    since: ['checked_at', 'last_up', 'last_down', 'stale', 'failures_in_a_row', 'latency_ms'],
    ...(operator ? { target: ['detail', 'evidence', 'phases'] } : {}),
  },
});

const summary = {
  status: oneOf(Object.keys(overallNumber)),
  version: text('Of the program.'),
  timestamp: time(),
  services: closed({ api: exactly('healthy'), ...forEach(ref('ServiceStatus')) }),
  degraded: listOf(
    closed(
      { service: oneOf(names), status: oneOf(['degraded', 'unhealthy']), lost: listOf(text()) },
      { cause },
    ),
  ),
};

/** The connections of the service to Redis, where it is used. */
const redisPool = (operator: boolean): Schema =>
  closed({
    size: count('Connections that are wanted.'),
    ready: count(),
    pending: count('Commands that wait for their answers.'),
    cause: nullable(cause),
    ...(operator ? { detail: nullable(text()) } : {}),
  });

/** What the message queue cannot do although its servers answer. */
const messages = (operator: boolean): Schema =>
  closed({
    troubles: listOf(
      closed({
        work: text('What is not done, or not as it should be.'),
        cause,
        ...(operator ? { detail: text() } : {}),
      }),
    ),
  });

const details = (operator: boolean): Schema =>
  closed(
    {
      ...summary,
      system_info: closed({ cpu_percent: amount('Of one core.'), memory_percent: amount() }),
      details: closed(forEach(ref(operator ? 'OperatorService' : 'Service'))),
      pool: ref('Pool'),
      messages: messages(operator),
      history: ref(operator ? 'OperatorHistory' : 'History'),
      ...(operator
        ? {
            phase: oneOf(phases),
            uptime_seconds: count(),
            git_commit: ref('Commit'),
            migrations: ref('Migrations'),
          }
        : {}),
    },
    { redis_pool: redisPool(operator) },
  );

const history = (operator: boolean): Schema => {
  const stretch = closed(
    {
      ok: flag(),
      from: time('Of the first check.'),
      to: time('Of the last check.'),
      checks: { type: 'integer', minimum: 1 },
      average_ms: amount(),
      slowest_ms: amount(),
    },
    { cause, ...(operator ? { detail: text() } : {}) },
  );
  const transition = closed(
    {
      at: time(),
      breaker: oneOf(names),
      from: breakerState,
      to: breakerState,
      ...(operator ? { reason: text() } : {}),
    },
    operator ? { actor: text() } : {},
  );
  const { redis, ...always } = forEach(
    closed({
      availability_percent: nullable({ type: 'number', minimum: 0, maximum: 100 }),
      stretches: { ...listOf(stretch), description: 'Checks in a row that came to the same, oldest first.' },
    }),
  );
  return closed({ services: closed(always, redis ? { redis } : {}), transitions: listOf(transition) });
};

export const healthSchemas: readonly NamedSchema[] = [
  named('CauseCode', oneOf(Object.keys(causes), 'docs/reference/causes.md says what each means.')),
  named('ServiceStatus', oneOf(statuses, 'recovering: it answers, and its breaker is half-open.')),
  named('Commit', { type: 'string', pattern: '^([0-9a-f]{40}|unknown)$' }),
  named(
    'Pool',
    closed({
      size: count('Most connections.'),
      inUse: count(),
      idle: count(),
      waiting: count('Requests that wait for a connection.'),
      attempts: count('To connect, since the start.'),
      failedAttempts: count(),
      replaced: count('How often all connections were replaced.'),
    }),
  ),
  named('Migrations', {
    oneOf: [
      closed({ applied: exactly(true), newer: listOf(text()) }),
      closed({ applied: exactly(false), reason: text(), pending: listOf(text()) }),
    ],
  }),
  named('Service', service(false)),
  named('OperatorService', service(true)),
  named('HealthSummary', closed({ ...summary, system_info: { type: 'null' } })),
  named('HealthDetails', details(false)),
  named('OperatorHealthDetails', details(true)),
  named('History', history(false)),
  named('OperatorHistory', history(true)),
  named(
    'Readiness',
    closed({
      ready: flag(),
      can_serve_traffic: flag('Decides about the status code.'),
      degraded_mode: flag('Something that is not critical is missing.'),
      checks: listOf(
        closed(
          {
            name: oneOf([
              'lifecycle',
              'database',
              ...names.filter((name) => name !== 'postgres'),
              'migrations',
            ]),
            passed: flag(),
            critical: flag(),
          },
          { degraded_mode: exactly(true), recovering: exactly(true), reason: text(), cause },
        ),
      ),
    }),
  ),
];
