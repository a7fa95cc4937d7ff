/** The steps: each looks first, and changes only what is not yet so. */
import type { PostgresConnection } from '../../core/checks/index.ts';
import { scramVerifier } from './password-verifier.ts';
import { exists, identifier, type Login, literal, open, run, type Work } from './session.ts';

/** Connections that the capacity probe may hold: one run and one that hangs. */
const capacityConnectionLimit = 3;

/** Connections that people with messages may hold: one slow redrive, and somebody who looks meanwhile. */
const operationsConnectionLimit = 2;

export const ensureRole = async (
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

export const ensureDatabase = async (
  work: Work,
  master: PostgresConnection,
  database: string,
): Promise<void> => {
  if (await exists(work, master, 'select from pg_database where datname = $1', database)) return;
  await run(work, master, `create database ${identifier(database)}`);
  work.changes.push(`created database ${database}`);
};

interface Grant {
  /** A boolean SQL expression. */
  holds: string;
  values: unknown[];
  statement: string;
  says: string;
}

/** What a redrive changes of a message; nobody but the service writes the rest. */
const redriven = ['attempts', 'held_until', 'sent_at', 'dead_at', 'dead_reason'];

const connect = (user: string, database: string): Grant => ({
  holds: `has_database_privilege($1, $2, 'CONNECT')`,
  values: [user, database],
  statement: `grant connect on database ${identifier(database)} to ${identifier(user)}`,
  says: `granted connect on database ${database} to ${user}`,
});

const limit = (user: string, connections: number): Grant => ({
  holds: `(select rolconnlimit from pg_roles where rolname = $1) = ${connections}`,
  values: [user],
  statement: `alter role ${identifier(user)} connection limit ${connections}`,
  says: `limited role ${user} to ${connections} connections`,
});

/** Runs each statement whose condition does not hold yet. */
const ensureGrants = async (
  work: Work,
  connection: PostgresConnection,
  grants: readonly Grant[],
): Promise<void> => {
  for (const { holds, values, statement, says } of grants) {
    const [row] = await run<{ holds: boolean }>(work, connection, `select ${holds} as holds`, values);
    if (row?.holds) continue;
    await run(work, connection, statement);
    work.changes.push(says);
  }
};

export const grantService = (work: Work, connection: PostgresConnection, user: string, database: string) =>
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

export const grantCapacityProbe = (
  work: Work,
  connection: PostgresConnection,
  user: string,
  database: string,
) =>
  ensureGrants(work, connection, [
    {
      holds: `pg_has_role($1, 'pg_monitor', 'USAGE')`,
      values: [user],
      statement: `grant pg_monitor to ${identifier(user)}`,
      says: `granted pg_monitor to ${user}`,
    },
    {
      // On a server that is full it must still get in, to say who holds the connections. Not every server
      // has this role (PostgreSQL 16) or lets the master user hand it on.
      holds: `to_regrole('pg_use_reserved_connections') is null
        or pg_has_role($1, to_regrole('pg_use_reserved_connections')::oid, 'USAGE')
        or not exists (select from pg_auth_members
          where roleid = to_regrole('pg_use_reserved_connections') and admin_option
            and pg_has_role(current_user, member, 'USAGE'))`,
      values: [user],
      statement: `grant pg_use_reserved_connections to ${identifier(user)}`,
      says: `granted pg_use_reserved_connections to ${user}`,
    },
    connect(user, database),
    limit(user, capacityConnectionLimit),
  ]);

export const grantOperations = (work: Work, connection: PostgresConnection, user: string, database: string) =>
  ensureGrants(work, connection, [connect(user, database), limit(user, operationsConnectionLimit)]);

/**
 * What operators may do with messages: as the role that owns the tables, since the master user may not. A migration
 * grants the same to a role that is there before the tables; here the tables are there before the role.
 */
export const grantMessages = (work: Work, owner: PostgresConnection, user: string) =>
  ensureGrants(work, owner, [
    {
      // The table of transports came with the columns that are granted.
      holds: `case when to_regclass('public.breakwater_transports') is null then true
        else has_table_privilege($1, 'public.breakwater_outbox', 'SELECT')
          and has_table_privilege($1, 'public.breakwater_outbox', 'DELETE')
          and has_table_privilege($1, 'public.breakwater_transports', 'SELECT')
          and (select bool_and(has_column_privilege($1, 'public.breakwater_outbox', name, 'UPDATE'))
            from unnest($2::text[]) as name) end`,
      values: [user, redriven],
      statement: `grant select, delete on public.breakwater_outbox to ${identifier(user)};
        grant update (${redriven.join(', ')}) on public.breakwater_outbox to ${identifier(user)};
        grant select on public.breakwater_transports to ${identifier(user)}`,
      says: `granted looking at messages, redriving and purging them to ${user}`,
    },
  ]);
