/** A session in the database for one operation; what keeps it from its work is a check, as of a probe. */
import {
  budgetOf,
  type Check,
  explanationMs,
  type Failure,
  openAndExplain,
  type PostgresConnection,
  postgresTargetName,
  runCheck,
  type SecretReader,
  succeeded,
  userOfSecret,
} from '../../checks/index.ts';
import {
  type PostgresTarget,
  type Resolved,
  resolvePostgres,
  type SettingProblem,
  type SettingsReading,
} from '../../settings/index.ts';
import type { Sql, SqlDatabase, SqlResult } from '../sql.ts';

/** How it looks in pg_stat_activity. */
const applicationName = 'breakwater-messages';

/** The server's own limit comes first; its refusal still has to arrive. */
const answerMs = 1_000;

class StatementFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

const sqlOver = (connection: PostgresConnection, statementMs: number): SqlDatabase => {
  const sql: Sql = {
    query: async <Row extends Record<string, unknown>>(
      text: string,
      values: unknown[] = [],
    ): Promise<SqlResult<Row>> => {
      const result = await connection.run<Row>(text, values, budgetOf(statementMs + answerMs));
      if (!result.ok) throw new StatementFailed(result.failure);
      return result.value;
    },
  };
  return {
    ...sql,
    transaction: async (work) => {
      await sql.query('BEGIN');
      try {
        const value = await work(sql);
        await sql.query('COMMIT');
        return value;
      } catch (error) {
        // The connection is closed after a failure, and the transaction with it.
        await sql.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
};

/** Which database, and as whom: with the login of MESSAGE_OPERATIONS_SECRET_ID, else as the other settings say. */
const targetOf = (settings: SettingsReading): Resolved<PostgresTarget> => {
  const secretId = settings.get('MESSAGE_OPERATIONS_SECRET_ID');
  return resolvePostgres(settings, secretId ? { user: '', secretId } : undefined);
};

/** What is wrong with the settings, apart from those of Redis, without which all but the lists can be seen. */
export const sessionProblems = (settings: SettingsReading): SettingProblem[] => {
  const target = targetOf(settings);
  return [...settings.problemsOf('service', 'messages', 'probe'), ...(target.ok ? [] : target.problems)];
};

export interface SessionTools {
  settings: SettingsReading;
  secrets: SecretReader;
}

/** @throws Error when the settings have problems; ask for them first */
export const withDatabase = async <T>(
  { settings, secrets }: SessionTools,
  work: (database: SqlDatabase) => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; check: Check }> => {
  const resolved = targetOf(settings);
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('; '));
  const target = resolved.value;
  const dnsTimeoutMs = settings.get('DNS_TIMEOUT') * 1_000;
  const statementMs = settings.get('MESSAGE_OPERATIONS_STATEMENT_TIMEOUT') * 1_000;
  const secretId = settings.get('MESSAGE_OPERATIONS_SECRET_ID');
  let done: { value: T } | undefined;
  const { check } = await runCheck('postgres', postgresTargetName(target), async (climb) => {
    const whole = budgetOf(2 * target.connectTimeoutMs + explanationMs);
    const user = secretId
      ? await userOfSecret({ secretId, target, secrets, dnsTimeoutMs }, climb, whole)
      : succeeded(target.user);
    if (!user.ok) return user;
    const opened = await openAndExplain(
      {
        target: { ...target, user: user.value },
        secrets,
        dnsTimeoutMs,
        queryTimeoutMs: statementMs,
        session: { applicationName },
      },
      climb,
      whole,
    );
    if (!opened.ok) return opened;
    try {
      const database = sqlOver(opened.value, statementMs);
      await database.query(`SET statement_timeout = ${Math.round(statementMs)}`);
      done = { value: await work(database) };
      return succeeded({});
    } catch (error) {
      if (error instanceof StatementFailed) return { ok: false, failure: error.failure };
      throw error;
    } finally {
      opened.value.close();
    }
  });
  return done ? { ok: true, ...done } : { ok: false, check };
};
