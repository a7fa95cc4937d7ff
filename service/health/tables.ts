/**
 * Whether what every registration needs is there and may be used. What delivery, consumers and operators need besides is
 * theirs: without it registrations go on. Columns are left to the watch on migrations, which knows an image that is ahead.
 */
import {
  type Budget,
  failed,
  type Outcome,
  type PostgresConnection,
  succeeded,
} from '../../core/checks/index.ts';
import { lackingOf, tableNeeds } from '../../core/schema/index.ts';

const needed = tableNeeds
  .filter(({ toRegister }) => toRegister.length > 0)
  .map(({ name, toRegister }) => ({ name, columns: [], rights: toRegister }));

export const checkNeededTables = async (
  connection: PostgresConnection,
  budget: Budget,
): Promise<Outcome<undefined>> => {
  const lacking = await lackingOf(connection, needed, budget);
  if (!lacking.ok) return lacking;
  const { tables: missing, rights: lacks, role } = lacking.value;
  if (missing.length > 0)
    return failed('SCHEMA_MISSING', `registrations need ${missing.join(', ')}, which the database lacks`, {
      missing,
    });
  return lacks.length > 0
    ? failed('PRIVILEGE_MISSING', `permission denied: registrations need ${lacks.join('; ')}`, {
        role: role.actsAs,
        lacks,
      })
    : succeeded(undefined);
};
