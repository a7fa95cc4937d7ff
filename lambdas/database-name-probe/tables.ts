/** Whether the expected tables are there, with the columns and the rights that the service needs. */
import {
  type Budget,
  failed,
  type Outcome,
  type PostgresConnection,
  succeeded,
} from '../../core/checks/index.ts';
import { type TableNeed, tableNeeds } from './needs.ts';
import { type ServerOptions, withConnection } from './server.ts';

/** A table that the service knows is looked for where its statements look: in `public`, and nowhere else. */
const missingTables = `select name from unnest($1::text[]) as name
  where not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (n.nspname || '.' || c.relname = name
        or (c.relname = name and n.nspname not in ('pg_catalog', 'information_schema')
          and (n.nspname = 'public' or name <> all ($2::text[])))))`;

/**
 * Asks of the role that the session acts as, which is the one that statements run as. By the table's number: by its
 * name nobody may ask who may not use the schema. A right on single columns is a right.
 */
const missingParts = `select need.name,
    array(select wanted from unnest(need.columns) as wanted
      where not exists (select from pg_attribute a
        where a.attrelid = c.oid and a.attname = wanted and not a.attisdropped)) as columns,
    array(select wanted from unnest(need.rights) as wanted
      where not case wanted when 'DELETE' then has_table_privilege(c.oid, wanted)
        else has_any_column_privilege(c.oid, wanted) end) as rights
  from jsonb_to_recordset($1::jsonb) as need (name text, columns text[], rights text[])
  join pg_namespace n on n.nspname = 'public'
  join pg_class c on c.relnamespace = n.oid and c.relname = need.name`;

const rolesQuery = `select session_user::text as "loggedInAs", current_user::text as "actsAs",
  coalesce(has_schema_privilege(to_regnamespace('public'), 'USAGE'), true) as "maySchema"`;

interface Roles extends Record<string, unknown> {
  loggedInAs: string;
  actsAs: string;
  maySchema: boolean;
}

interface Parts extends Record<string, unknown> {
  name: string;
  columns: string[];
  rights: string[];
}

/** What the service needs of these tables; nothing is known of tables that are not its own. */
const needsOf = (tables: readonly string[]): TableNeed[] =>
  tableNeeds.filter(({ name }) => tables.includes(name) || tables.includes(`public.${name}`));

const roleText = ({ loggedInAs, actsAs }: Roles): string =>
  loggedInAs === actsAs
    ? `role "${actsAs}"`
    : `role "${loggedInAs}" acts as "${actsAs}" (ALTER ROLE … SET role), which`;

const judge = (
  database: string,
  tables: readonly string[],
  parts: readonly Parts[],
  roles: Roles,
): Outcome<undefined> => {
  const columns = parts.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`));
  const rights = [
    ...(roles.maySchema || parts.length === 0 ? [] : ['USAGE on schema public']),
    ...parts.flatMap(({ name, rights }) => (rights.length > 0 ? [`${rights.join(', ')} on ${name}`] : [])),
  ];
  const missing = [...tables, ...columns];
  const lacks = rights.length > 0 ? { role: roles.actsAs, lacks: rights } : {};
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
    : failed('PRIVILEGE_MISSING', `in database "${database}" ${roleText(roles)} lacks ${rights.join('; ')}`, {
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
  const parts = await connection.query<Parts>(missingParts, [JSON.stringify(needsOf(tables))], budget);
  if (!parts.ok) return parts;
  const roles = await connection.query<Roles>(rolesQuery, [], budget);
  if (!roles.ok) return roles;
  const [found] = roles.value;
  if (!found) return failed('NOT_THE_EXPECTED_SERVER', 'a query of one row was answered with none');
  return judge(
    database,
    missing.value.map(({ name }) => name),
    parts.value,
    found,
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
