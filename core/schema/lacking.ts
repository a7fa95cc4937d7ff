/** What a role lacks of what it needs. Asked of the catalogue: no lock on a table keeps the answer back. */
import type { Budget, Outcome, PostgresConnection } from '../checks/index.ts';
import { failed, succeeded } from '../checks/index.ts';
import type { TableNeed } from './needs.ts';

/**
 * Asks of the role that the session acts as, which is the one that statements run as. By the table's number: by its
 * name nobody may ask who may not use the schema. A right on single columns is a right.
 */
const partsQuery = `select need.name, c.oid is null as absent,
    array(select wanted from unnest(need.columns) as wanted
      where c.oid is not null and not exists (select from pg_attribute a
        where a.attrelid = c.oid and a.attname = wanted and not a.attisdropped)) as columns,
    array(select wanted from unnest(need.rights) as wanted
      where c.oid is not null and not case wanted when 'DELETE' then has_table_privilege(c.oid, wanted)
        else has_any_column_privilege(c.oid, wanted) end) as rights
  from jsonb_to_recordset($1::jsonb) as need (name text, columns text[], rights text[])
  left join (pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public')
    on c.relname = need.name`;

const rolesQuery = `select session_user::text as "loggedInAs", current_user::text as "actsAs",
  coalesce(has_schema_privilege(to_regnamespace('public'), 'USAGE'), true) as "maySchema"`;

interface Part extends Record<string, unknown> {
  name: string;
  absent: boolean;
  columns: string[];
  rights: string[];
}

interface Roles extends Record<string, unknown> {
  loggedInAs: string;
  actsAs: string;
  maySchema: boolean;
}

export interface Lacking {
  tables: string[];
  /** `table.column`. */
  columns: string[];
  /** `SELECT, INSERT on table`. */
  rights: string[];
  /** Another than the one that logged in where it was told to act as another. */
  role: Pick<Roles, 'loggedInAs' | 'actsAs'>;
}

export const lackingOf = async (
  connection: PostgresConnection,
  needs: readonly Pick<TableNeed, 'name' | 'columns' | 'rights'>[],
  budget: Budget,
): Promise<Outcome<Lacking>> => {
  const parts = await connection.query<Part>(partsQuery, [JSON.stringify(needs)], budget);
  if (!parts.ok) return parts;
  const roles = await connection.query<Roles>(rolesQuery, [], budget);
  if (!roles.ok) return roles;
  const [found] = roles.value;
  if (!found) return failed('NOT_THE_EXPECTED_SERVER', 'a query of one row was answered with none');
  const { maySchema, ...role } = found;
  const there = parts.value.filter(({ absent }) => !absent);
  return succeeded({
    tables: parts.value.filter(({ absent }) => absent).map(({ name }) => name),
    columns: there.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`)),
    rights: [
      ...(maySchema || there.length === 0 ? [] : ['USAGE on schema public']),
      ...there.flatMap(({ name, rights }) => (rights.length > 0 ? [`${rights.join(', ')} on ${name}`] : [])),
    ],
    role,
  });
};
