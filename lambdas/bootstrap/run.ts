/**
 * Prepares the database server for the service: its role, its database, its grants, and the role of the
 * capacity probe. Safe to run again: it changes only what is not yet so, and says what it changed.
 */
import pg from 'pg';
import {
  type Budget,
  budgetOf,
  type Failure,
  type Outcome,
  openPostgres,
  type PostgresConnection,
  type SecretFields,
  type SecretReader,
  secretField,
  startClimb,
} from '../../core/checks/index.ts';
import {
  type PostgresTarget,
  problemsMessage,
  resolvePostgres,
  type Secret,
  type SettingsReading,
} from '../../core/settings/index.ts';
import { scramVerifier } from './password-verifier.ts';

/** What a run did. */
export interface BootstrapResult {
  database: string;
  /** One line for each thing that was not so before. */
  changes: string[];
}

/** Longest run, milliseconds; the timeout of the function is longer. */
const runMs = 60_000;
const statementMs = 20_000;

/** Connections that the capacity probe may hold: one run and one that hangs. */
const capacityConnectionLimit = 3;

/** Any number will do, as long as every run takes the same. */
const lockKey = 7_286_001;

class BootstrapFailure extends Error {
  constructor({ cause, detail }: Failure) {
    super(`${cause}: ${detail}`);
    this.name = 'BootstrapFailure';
  }
}

const orThrow = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new BootstrapFailure(outcome.failure);
  return outcome.value;
};

const refuse = (cause: Failure['cause'], detail: string): never => {
  throw new BootstrapFailure({ cause, detail });
};

interface Login {
  user: string;
  password: Secret;
}

const loginOf = (secretId: string, fields: SecretFields): Login => ({
  user: orThrow(secretField(secretId, fields, 'username')).reveal(),
  password: orThrow(secretField(secretId, fields, 'password')),
});

const identifier = (name: string): string => pg.escapeIdentifier(name);
const literal = (text: string): string => pg.escapeLiteral(text);

interface Work {
  target: PostgresTarget;
  secrets: SecretReader;
  settings: SettingsReading;
  whole: Budget;
  changes: string[];
}

const open = (work: Work, login: Login, database: string): Promise<Outcome<PostgresConnection>> => {
  const { secretId: _, ...rest } = work.target;
  const target = { ...rest, database, user: login.user, password: login.password };
  const { settings, secrets, whole } = work;
  return openPostgres(
    {
      target,
      secrets,
      dnsTimeoutMs: settings.get('DNS_TIMEOUT') * 1_000,
      queryTimeoutMs: statementMs,
    },
    startClimb(),
    whole,
  );
};

const run = async <Row extends pg.QueryResultRow>(
  work: Work,
  connection: PostgresConnection,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> => orThrow(await connection.query<Row>(statement, values, work.whole.part(statementMs)));

const exists = async (
  work: Work,
  connection: PostgresConnection,
  statement: string,
  name: string,
): Promise<boolean> => (await run(work, connection, statement, [name])).length > 0;

const ensureRole = async (
  work: Work,
  master: PostgresConnection,
  login: Login,
  loginDatabase: string,
): Promise<void> => {
  const { user, password } = login;
  if (!(await exists(work, master, 'select from pg_roles where rolname = $1', user))) {
    await run(
      work,
      master,
      `create role ${identifier(user)} login password ${literal(scramVerifier(password.reveal()))}`,
    );
    work.changes.push(`created role ${user}`);
    return;
  }
  const opened = await open(work, login, loginDatabase);
  if (opened.ok) return opened.value.close();
  if (!['PASSWORD_REJECTED', 'LOGIN_NOT_PERMITTED'].includes(opened.failure.cause)) return;
  await run(
    work,
    master,
    `alter role ${identifier(user)} login password ${literal(scramVerifier(password.reveal()))}`,
  );
  work.changes.push(`set the password of role ${user} to the one in its secret`);
};

const ensureDatabase = async (work: Work, master: PostgresConnection, database: string): Promise<void> => {
  if (await exists(work, master, 'select from pg_database where datname = $1', database)) return;
  await run(work, master, `create database ${identifier(database)}`);
  work.changes.push(`created database ${database}`);
};

/** Runs each statement whose condition does not hold yet; the condition is a boolean SQL expression. */
const ensureGrants = async (
  work: Work,
  connection: PostgresConnection,
  grants: readonly { holds: string; values: string[]; statement: string; says: string }[],
): Promise<void> => {
  for (const { holds, values, statement, says } of grants) {
    const [row] = await run<{ holds: boolean }>(work, connection, `select ${holds} as holds`, values);
    if (row?.holds) continue;
    await run(work, connection, statement);
    work.changes.push(says);
  }
};

const grantService = (work: Work, connection: PostgresConnection, user: string, database: string) =>
  ensureGrants(work, connection, [
    {
      holds: `has_database_privilege($1, $2, 'CONNECT') and has_database_privilege($1, $2, 'CREATE') and has_database_privilege($1, $2, 'TEMPORARY')`,
      values: [user, database],
      statement: `grant connect, create, temporary on database ${identifier(database)} to ${identifier(user)}`,
      says: `granted connect, create and temporary on database ${database} to ${user}`,
    },
    {
      holds: `has_schema_privilege($1, 'public', 'USAGE') and has_schema_privilege($1, 'public', 'CREATE')`,
      values: [user],
      statement: `grant usage, create on schema public to ${identifier(user)}`,
      says: `granted usage and create on schema public to ${user}`,
    },
  ]);

const grantCapacityProbe = (work: Work, connection: PostgresConnection, user: string, database: string) =>
  ensureGrants(work, connection, [
    {
      holds: `pg_has_role($1, 'pg_monitor', 'USAGE')`,
      values: [user],
      statement: `grant pg_monitor to ${identifier(user)}`,
      says: `granted pg_monitor to ${user}`,
    },
    {
      holds: `has_database_privilege($1, $2, 'CONNECT')`,
      values: [user, database],
      statement: `grant connect on database ${identifier(database)} to ${identifier(user)}`,
      says: `granted connect on database ${database} to ${user}`,
    },
    {
      holds: `(select rolconnlimit from pg_roles where rolname = $1) = ${capacityConnectionLimit}`,
      values: [user],
      statement: `alter role ${identifier(user)} connection limit ${capacityConnectionLimit}`,
      says: `limited role ${user} to ${capacityConnectionLimit} connections`,
    },
  ]);

const required = (
  settings: SettingsReading,
  name: 'DATABASE_MASTER_SECRET_ID' | 'DATABASE_SECRET_ID' | 'CAPACITY_PROBE_SECRET_ID',
) =>
  settings.get(name) ?? refuse('SETTING_MISSING', `${name} is not set: write the name or ARN of that secret`);

/** Throws when something keeps it from finishing; the deployment then fails and says why. */
export const runBootstrap = async (
  settings: SettingsReading,
  secrets: SecretReader,
): Promise<BootstrapResult> => {
  const resolved = resolvePostgres(settings);
  if (!resolved.ok) throw new Error(problemsMessage(resolved.problems));
  const target = resolved.value;
  const whole = budgetOf(runMs);
  const work: Work = { target, secrets, settings, whole, changes: [] };
  const login = async (secretId: string) =>
    loginOf(secretId, orThrow(await secrets.refresh(secretId, whole)));

  const secretId = required(settings, 'DATABASE_SECRET_ID');
  const master = await login(required(settings, 'DATABASE_MASTER_SECRET_ID'));
  const service = await login(secretId);
  const capacity = await login(required(settings, 'CAPACITY_PROBE_SECRET_ID'));
  const named = orThrow(
    secretField(secretId, orThrow(await secrets.read(secretId, whole)), 'dbname'),
  ).reveal();
  if (named !== target.database)
    refuse(
      'DATABASE_NAME_MISMATCH',
      `the secret says database "${named}", DATABASE_NAME says "${target.database}"`,
    );
  if (service.user !== target.user)
    refuse(
      'DATABASE_USER_MISMATCH',
      `the secret says user "${service.user}", DATABASE_USER says "${target.user}"`,
    );

  const server = orThrow(await open(work, master, 'postgres'));
  try {
    await run(work, server, 'select pg_advisory_lock($1)', [lockKey]);
    await ensureRole(work, server, service, 'postgres');
    await ensureRole(work, server, capacity, 'postgres');
    await ensureDatabase(work, server, target.database);
    const inside = orThrow(await open(work, master, target.database));
    try {
      await grantService(work, inside, service.user, target.database);
      await grantCapacityProbe(work, inside, capacity.user, target.database);
    } finally {
      inside.close();
    }
    for (const user of [service, capacity]) orThrow(await open(work, user, target.database)).close();
  } finally {
    server.close();
  }
  return { database: target.database, changes: work.changes };
};
