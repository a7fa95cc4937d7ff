/** The whole ladder of PostgreSQL, up to a query in the right database. */
import type { PostgresTarget, Secret } from '../settings/index.ts';
import { type Budget, monotonicNow } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { type PasswordSource, readPassword, readPasswordAgain, type SecretReader } from './credentials.ts';
import { type Climb, startClimb, timed } from './ladder.ts';
import { type Failure, failed, type Outcome, succeeded } from './outcome.ts';
import { connectPostgres, type PostgresConnection, type PostgresSession } from './postgres-connection.ts';

export interface PostgresCheckOptions {
  target: PostgresTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
  queryTimeoutMs: number;
  /** How its sessions look on the server; as those of a probe unless given. */
  session?: PostgresSession;
}

const probeSession: PostgresSession = { applicationName: 'breakwater-probe' };

/** Longest time to gather evidence once the cause is known, milliseconds. */
const evidenceMs = 2_000;

const postgresTargetName = ({ host, port, database }: PostgresTarget): string =>
  `${host}:${port}/${database}`;

export const passwordSourceOf = ({ password, secretId }: PostgresTarget): PasswordSource => ({
  key: 'password',
  ...(password ? { password } : {}),
  ...(secretId ? { secretId } : {}),
});

/** Logs in as the target says; a rejected password is read again once. */
export const openPostgres = async (
  options: PostgresCheckOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<PostgresConnection>> => {
  const { target, secrets, dnsTimeoutMs, session = probeSession } = options;
  const source = passwordSourceOf(target);
  const connect = (password: Promise<Outcome<Secret | undefined>>) =>
    connectPostgres({ target, dnsTimeoutMs, password, session }, climb, whole.part(target.connectTimeoutMs));
  const first = readPassword(source, secrets, whole);
  const outcome = await connect(first);
  if (outcome.ok || outcome.failure.cause !== 'PASSWORD_REJECTED') return outcome;
  const rejected = await first;
  const fresh = await readPasswordAgain(source, secrets, whole, rejected.ok ? rejected.value : undefined);
  return fresh ? connect(Promise.resolve(succeeded(fresh))) : outcome;
};

/** Names of the databases that the server has, asked from a database that every server has. */
const existingDatabases = async (
  options: PostgresCheckOptions,
  whole: Budget,
): Promise<string[] | undefined> => {
  const budget = whole.part(evidenceMs);
  const target = { ...options.target, database: 'postgres' };
  const opened = await openPostgres({ ...options, target }, startClimb(), budget);
  if (!opened.ok) return undefined;
  const rows = await opened.value.query<{ datname: string }>(
    'select datname from pg_database where datallowconn and not datistemplate order by datname',
    [],
    budget,
  );
  opened.value.close();
  return rows.ok ? rows.value.map(({ datname }) => datname) : undefined;
};

/** Says which databases there are, and whether only the letter case is wrong. */
const explainMissing = async (
  failure: Failure,
  options: PostgresCheckOptions,
  whole: Budget,
): Promise<Failure> => {
  const databases = await existingDatabases(options, whole);
  if (!databases) return failure;
  const evidence = { ...failure.evidence, databases };
  const wanted = options.target.database;
  const otherCase = databases.find((name) => name !== wanted && name.toLowerCase() === wanted.toLowerCase());
  return otherCase
    ? {
        cause: 'DATABASE_NAME_CASE',
        detail: `database "${wanted}" does not exist, but "${otherCase}" does`,
        evidence,
      }
    : { ...failure, evidence };
};

interface Facts {
  database: string;
  in_recovery: boolean;
  read_only: string;
  version: string;
}

const factsQuery = `select current_database() as database, pg_is_in_recovery() as in_recovery,
  current_setting('transaction_read_only') as read_only, current_setting('server_version') as version`;

const query = async (
  connection: PostgresConnection,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<undefined>> => {
  const rows = await timed(climb, 'queryMs', () =>
    connection.query<Facts & Record<string, unknown>>(factsQuery, [], budget),
  );
  if (!rows.ok) return rows;
  const [facts] = rows.value;
  climb.evidence.database = facts?.database;
  climb.evidence.serverVersion = facts?.version;
  if (facts?.in_recovery || facts?.read_only === 'on') {
    const why = facts.in_recovery
      ? 'it is a replica or a demoted primary'
      : 'transactions are read-only by default';
    return failed('READ_ONLY', `the server takes no writes: ${why}`, { inRecovery: facts.in_recovery });
  }
  return succeeded(undefined);
};

/** Opens a connection, and says more of a database that does not exist. */
const openAndExplain = async (
  options: PostgresCheckOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<PostgresConnection>> => {
  const opened = await openPostgres(options, climb, whole);
  return opened.ok || opened.failure.cause !== 'DATABASE_MISSING'
    ? opened
    : { ok: false, failure: await explainMissing(opened.failure, options, whole) };
};

/** Checks PostgreSQL within the budget of the run. */
export const checkPostgres = (options: PostgresCheckOptions, whole: Budget): Promise<CheckResult> =>
  runCheck('postgres', postgresTargetName(options.target), async (climb) => {
    const begin = monotonicNow();
    const opened = await openAndExplain(options, climb, whole);
    if (!opened.ok) return opened;
    const connectMs = monotonicNow() - begin;
    const answered = await query(opened.value, climb, whole.part(options.queryTimeoutMs));
    opened.value.close();
    return answered.ok ? succeeded({ connectMs }) : answered;
  });

/** A check that keeps its connection from one run to the next, for whoever checks every few seconds. */
export interface LivePostgresCheck {
  /**
   * Asks on the connection that is there, or makes one first. A connection on which something failed is
   * closed. `also` runs on the connection once the check itself has passed; its failure is the check's.
   */
  run(
    whole: Budget,
    also?: (connection: PostgresConnection, budget: Budget) => Promise<Outcome<unknown>>,
  ): Promise<CheckResult>;
  close(): void;
}

export const livePostgresCheck = (options: PostgresCheckOptions): LivePostgresCheck => {
  let kept: PostgresConnection | undefined;
  let closed = false;
  const drop = () => {
    kept?.close();
    kept = undefined;
  };
  return {
    run: (whole, also = async () => succeeded(undefined)) =>
      runCheck('postgres', postgresTargetName(options.target), async (climb) => {
        const begin = monotonicNow();
        const fresh = kept === undefined;
        const opened = kept ? succeeded(kept) : await openAndExplain(options, climb, whole);
        if (!opened.ok) return opened;
        const connectMs = monotonicNow() - begin;
        kept = opened.value;
        const budget = whole.part(options.queryTimeoutMs);
        const answered = await query(kept, climb, budget);
        const outcome = answered.ok ? await also(kept, budget) : answered;
        if (!outcome.ok || closed) drop();
        return outcome.ok ? succeeded(fresh ? { connectMs } : {}) : outcome;
      }),
    close: () => {
      closed = true;
      drop();
    },
  };
};
