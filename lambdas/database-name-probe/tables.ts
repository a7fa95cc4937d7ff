/** Whether the expected tables are there, with the columns and the rights that the service needs. */
import {
  type Budget,
  failed,
  type Outcome,
  type PostgresConnection,
  succeeded,
} from '../../core/checks/index.ts';
import { type Lacking, lackingOf, type TableNeed, tableNeeds } from '../../core/schema/index.ts';
import { type ServerOptions, withConnection } from './server.ts';

/** A table that the service knows is looked for where its statements look: in `public`, and nowhere else. */
const missingTables = `select name from unnest($1::text[]) as name
  where not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (n.nspname || '.' || c.relname = name
        or (c.relname = name and n.nspname not in ('pg_catalog', 'information_schema')
          and (n.nspname = 'public' or name <> all ($2::text[])))))`;

/** What the service needs of these tables; nothing is known of tables that are not its own. */
const needsOf = (tables: readonly string[]): TableNeed[] =>
  tableNeeds.filter(({ name }) => tables.includes(name) || tables.includes(`public.${name}`));

const roleText = ({ loggedInAs, actsAs }: Lacking['role']): string =>
  loggedInAs === actsAs
    ? `role "${actsAs}"`
    : `role "${loggedInAs}" acts as "${actsAs}" (ALTER ROLE … SET role), which`;

const judge = (
  database: string,
  tables: readonly string[],
  { columns, rights, role }: Lacking,
): Outcome<undefined> => {
  const missing = [...tables, ...columns];
  const lacks = rights.length > 0 ? { role: role.actsAs, lacks: rights } : {};
  if (missing.length > 0) {
    const kind = `${tables.length > 0 ? 'table' : 'column'}${missing.length > 1 ? 's' : ''}`;
    return failed('SCHEMA_MISSING', `database "${database}" lacks the ${kind} ${missing.join(', ')}`, {
      database,
      missing,
      ...lacks,
    });
  }
  return rights.length === 0
    ? succeeded(undefined)
    : failed('PRIVILEGE_MISSING', `in database "${database}" ${roleText(role)} lacks ${rights.join('; ')}`, {
        database,
        ...lacks,
      });
};

const look = async (
  connection: PostgresConnection,
  database: string,
  tables: readonly string[],
  budget: Budget,
): Promise<Outcome<undefined>> => {
  const own = tableNeeds.map(({ name }) => name);
  const missing = await connection.query<{ name: string }>(missingTables, [tables, own], budget);
  if (!missing.ok) return missing;
  const lacking = await lackingOf(connection, needsOf(tables), budget);
  if (!lacking.ok) return lacking;
  return judge(
    database,
    missing.value.map(({ name }) => name),
    lacking.value,
  );
};

/**
 * Looks for tables in any schema but the server's own, or in the one that the name carries; in those of the service
 * for its columns too, and for the rights of the role that the probe logs in as, which is the service's.
 */
export const checkTables = (
  options: ServerOptions,
  database: string,
  tables: readonly string[],
  whole: Budget,
): Promise<Outcome<undefined>> =>
  withConnection(options, database, whole, (connection, budget) =>
    look(connection, database, tables, budget),
  );
