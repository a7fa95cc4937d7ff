/** Opens a connection to PostgreSQL as the target says, and finds out more when that fails. */
import type { PostgresTarget, Secret } from '../settings/index.ts';
import { attemptBudget, type Budget } from './budget.ts';
import { type PasswordSource, passwordSource, type SecretReader, withPassword } from './credentials.ts';
import { explain } from './explain.ts';
import { type Climb, startClimb } from './ladder.ts';
import type { Failure, Outcome } from './outcome.ts';
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

/** Longest time to list the databases once one is missing, milliseconds. */
const listMs = 2_000;

/** Where the password is: set, or under this key of the secret. */
export const postgresPassword = (target: PostgresTarget): PasswordSource =>
  passwordSource(target, 'password');

const attempt = async (
  options: PostgresCheckOptions,
  password: Promise<Outcome<Secret | undefined>>,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<PostgresConnection>> => {
  const { target, dnsTimeoutMs, session = probeSession } = options;
  const { host, port, tls, connectTimeoutMs } = target;
  const budget = attemptBudget(whole, connectTimeoutMs);
  const opened = await connectPostgres({ target, dnsTimeoutMs, password, session }, climb, budget);
  if (opened.ok) return opened;
  const attempted = { host, port, expected: 'postgres', tls: tls.mode !== 'disable' } as const;
  return { ok: false, failure: await explain(opened.failure, attempted, climb, whole) };
};

/** Logs in as the target says; a rejected password is read again once. */
export const openPostgres = (
  options: PostgresCheckOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<PostgresConnection>> =>
  withPassword(postgresPassword(options.target), options.secrets, climb, whole, (password) =>
    attempt(options, password, climb, whole),
  );

/** Names of the databases that the server has, asked from a database that every server has. */
const existingDatabases = async (
  options: PostgresCheckOptions,
  whole: Budget,
): Promise<string[] | undefined> => {
  const budget = whole.part(listMs);
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

/** Opens a connection, and says more of a database that does not exist. */
export const openAndExplain = async (
  options: PostgresCheckOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<PostgresConnection>> => {
  const opened = await openPostgres(options, climb, whole);
  return opened.ok || opened.failure.cause !== 'DATABASE_MISSING'
    ? opened
    : { ok: false, failure: await explainMissing(opened.failure, options, whole) };
};
