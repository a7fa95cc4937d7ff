/** The steps: each looks first, and changes only what is not yet so. */
import type { PostgresConnection } from '../../core/checks/index.ts';
import { scramVerifier } from './password-verifier.ts';
import { exists, identifier, type Login, literal, open, run, type Work } from './session.ts';

/** Connections that the capacity probe may hold: one run and one that hangs. */
const capacityConnectionLimit = 3;

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
