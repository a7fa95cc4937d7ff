/**
 * Whether what every registration needs is there and may be used. Asked of the catalogue: no lock on a table keeps
 * the answer back, and nothing is read or written.
 */
import {
  type Budget,
  type Failure,
  failed,
  type Outcome,
  type PostgresConnection,
  postgresFailure,
  succeeded,
} from '../../core/checks/index.ts';

/** What delivery, consumers and operators need besides is theirs: without it registrations go on. */
const needed: readonly (readonly [table: string, rights: readonly string[]])[] = [
  ['breakwater_models', ['SELECT', 'INSERT', 'UPDATE']],
  ['breakwater_registrations', ['SELECT', 'INSERT', 'UPDATE']],
  ['breakwater_outbox', ['SELECT', 'INSERT']],
];

const pairs = needed.flatMap(([table, rights]) => rights.map((right) => [table, right] as const));

/** A right to some columns counts: which of them a statement needs is not known here. */
const query = `
SELECT name, access, found IS NOT NULL AS there
FROM (SELECT name, access, to_regclass('public.' || name) AS found
  FROM unnest($1::text[], $2::text[]) AS needed (name, access)) AS looked
WHERE found IS NULL OR NOT has_any_column_privilege(found, access)`;

interface Lacking extends Record<string, unknown> {
  name: string;
  access: string;
  there: boolean;
}

const missing = (tables: readonly string[]): { ok: false; failure: Failure } =>
  failed('SCHEMA_MISSING', `registrations need ${tables.join(', ')}, which the database lacks`, {
    missing: tables,
  });

/** With the cause that the statement of a registration would have. */
const denied = (rights: readonly string[]): { ok: false; failure: Failure } => {
  const message = `permission denied: registrations need ${rights.join(', ')}`;
  const { evidence, ...failure } = postgresFailure({ code: '42501', message }, 'query');
  return { ok: false, failure: { ...failure, evidence: { ...evidence, lacking: rights } } };
};

export const checkNeededTables = async (
  connection: PostgresConnection,
  budget: Budget,
): Promise<Outcome<undefined>> => {
  const values = [pairs.map(([table]) => table), pairs.map(([, right]) => right)];
  const rows = await connection.query<Lacking>(query, values, budget);
  if (!rows.ok) return rows;
  const absent = [...new Set(rows.value.filter(({ there }) => !there).map(({ name }) => name))];
  if (absent.length > 0) return missing(absent);
  const lacking = rows.value.map(({ name, access }) => `${access} on ${name}`);
  return lacking.length > 0 ? denied(lacking) : succeeded(undefined);
};
