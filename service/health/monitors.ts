import {
  type Budget,
  budgetOf,
  type Check,
  checkAuth,
  checkMlflow,
  type Dependency,
  livePostgresCheck,
  liveRedisCheck,
  type Outcome,
  type PostgresConnection,
  type SecretReader,
  settingsCheck,
  succeeded,
  within,
} from '../../core/checks/index.ts';
import type { PostgresTarget, Resolved } from '../../core/settings/index.ts';
import type { Contract } from '../contract.ts';
import type { Log } from '../log.ts';
import { dependencies } from './dependencies.ts';
import { MigrationWatch } from './migrations.ts';
import { Monitor, type MonitorOptions, type MonitorState, type Verdict } from './monitor.ts';
import { checkNeededTables } from './tables.ts';

/** Everything that watches: one monitor for each dependency that is used, and the migrations. */
export interface Watch {
  monitors: readonly Monitor[];
  migrations: MigrationWatch;
  start(): void;
  /** Ends the monitors and closes their connections. */
  stop(): Promise<void>;
}

export interface WatchOptions {
  contract: Contract;
  target: PostgresTarget;
  secrets: SecretReader;
  /** Names of the migrations that this image knows. */
  migrations: readonly string[];
  log: Log;
}

/** Longest wait for checks that are under way when the service stops, milliseconds. */
const stopMs = 500;

/**
 * Above every deadline of a check, milliseconds. The pool has limits of its own: what somebody has set for the role
 * does not concern it, and must not make this check fail.
 */
const longestStatementMs = 10_000;

type CheckOf = (budget: Budget) => Promise<Check>;

interface Watched {
  dependency: Dependency;
  check: CheckOf;
  close?: () => void;
}

/** Slack between a result and its successor, milliseconds: timers are late when the machine is busy. */
const slackMs = 1_000;

/** The check of a dependency, or the one finding that its settings are wrong. */
const resolved = <T>(
  dependency: Dependency,
  found: Resolved<T>,
  make: (target: T) => { check: CheckOf; close?: () => void },
): Watched => ({
  dependency,
  ...(found.ok ? make(found.value) : { check: async () => settingsCheck(dependency, found.problems) }),
});

const logVerdict =
  (log: Log) =>
  ({ dependency, critical, verdict, check }: MonitorState, before: Verdict): void => {
    const { cause, layer, detail, evidence, target } = check ?? {};
    const fields = { dependency, critical, before, verdict, target };
    if (verdict === 'up') log.info(fields, `${dependency} is up`);
    else log.warn({ ...fields, layer, cause, detail, evidence }, `${dependency} is down`);
  };

export const createWatch = ({ contract, target, secrets, migrations, log }: WatchOptions): Watch => {
  const { intervalMs, connectMs, queryMs, dnsMs, threshold } = contract.health;
  const known = new MigrationWatch(migrations);
  let lost = () => {};

  const postgres = livePostgresCheck({
    target: { ...target, connectTimeoutMs: Math.min(target.connectTimeoutMs, connectMs) },
    secrets,
    dnsTimeoutMs: dnsMs,
    queryTimeoutMs: queryMs,
    session: {
      applicationName: 'breakwater-health',
      statementMs: longestStatementMs,
      onLost: () => lost(),
    },
  });
  /** The connection has proved itself by then: no answer in time, because of a lock or a busy server, is no finding. */
  const lookAtSchema = async (
    connection: PostgresConnection,
    budget: Budget,
  ): Promise<Outcome<undefined>> => {
    const found = [await known.look(connection, budget), await checkNeededTables(connection, budget)];
    return found.find((one) => !one.ok && one.failure.cause !== 'QUERY_TIMEOUT') ?? succeeded(undefined);
  };
  const watched: Watched[] = [
    {
      dependency: 'postgres',
      check: async (budget) => (await postgres.run(budget, lookAtSchema)).check,
      close: postgres.close,
    },
    ...(contract.redis
      ? [
          resolved('redis', contract.redis, (redisTarget) => {
            const redis = liveRedisCheck({ target: redisTarget, secrets, dnsTimeoutMs: dnsMs });
            return { check: async (budget) => (await redis.run(budget)).check, close: redis.close };
          }),
        ]
      : []),
    resolved('mlflow', contract.mlflow, (mlflow) => ({
      check: async (budget) => (await checkMlflow(mlflow, dnsMs, budget)).check,
    })),
    resolved('auth', contract.auth, (auth) => ({
      check: async (budget) => (await checkAuth(auth, dnsMs, budget)).check,
    })),
  ];

  const monitors = watched.map(({ dependency, check }) => {
    const options: MonitorOptions = {
      dependency,
      critical: dependencies[dependency].critical,
      check,
      intervalMs,
      // Connecting and then the query.
      deadlineMs: connectMs + queryMs,
      staleMs: Math.max(3 * intervalMs, intervalMs + queryMs + slackMs),
      threshold,
      onVerdict: logVerdict(log),
    };
    return new Monitor(options);
  });
  lost = () => monitors.find(({ dependency }) => dependency === 'postgres')?.checkSoon();

  return {
    monitors,
    migrations: known,
    start: () => {
      for (const monitor of monitors) monitor.start();
    },
    stop: async () => {
      for (const { close } of watched) close?.();
      // One that hangs ends at its own deadline; nobody waits for what it finds.
      await within(budgetOf(stopMs), Promise.all(monitors.map((monitor) => monitor.stop())));
    },
  };
};
