import {
  budgetOf,
  checkPostgres,
  createSecretReader,
  type FetchSecret,
  failureFields,
  postgresFailure,
  type SecretReader,
  secretField,
} from '../../core/checks/index.ts';
import {
  type Environment,
  type PostgresTarget,
  problemsMessage,
  readSettings,
  resolvePostgres,
} from '../../core/settings/index.ts';
import { postgresClient } from '../postgres/index.ts';
import { type MigrateLimits, type MigrateOutcome, migrate, migrateLimits } from './migrate.ts';

/** Where the result and the problems go. */
export interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

/**
 * Migrates the database of the settings, and prints one JSON line for each migration and one for the result.
 * Returns the exit status: 0 done or nothing to do, 1 failed or refused, 2 settings wrong (then the message is
 * on standard error, and nothing on standard output).
 */
export async function runMigration(
  env: Environment,
  { stdout, stderr }: Streams,
  fetchSecret: FetchSecret,
): Promise<0 | 1 | 2> {
  const reading = readSettings(env, { reader: 'migrate' });
  const postgres = resolvePostgres(reading);
  const problems = [...reading.problemsOf('service', 'probe'), ...(postgres.ok ? [] : postgres.problems)];
  if (problems.length > 0 || !postgres.ok) {
    stderr.write(`${problemsMessage(problems)}\n`);
    return 2;
  }
  const log = (level: 'info' | 'warn' | 'error', msg: string, fields: object = {}) =>
    stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg, ...fields })}\n`);
  for (const warning of reading.warnings) log('warn', warning);

  const target = postgres.value;
  const secrets = createSecretReader(fetchSecret, { timeoutMs: reading.get('SECRET_READ_TIMEOUT') * 1_000 });
  const timeouts = {
    dnsTimeoutMs: reading.get('DNS_TIMEOUT') * 1_000,
    queryTimeoutMs: reading.get('HEALTH_QUERY_TIMEOUT') * 1_000,
  };
  const limits = migrateLimits(reading);
  // The driver cannot say which layer failed. The check can, and finds a read-only server before it is changed.
  const budget = budgetOf(2 * target.connectTimeoutMs);
  const { check } = await checkPostgres({ target, secrets, ...timeouts }, budget);
  if (!check.ok) {
    log('error', 'the database cannot be migrated', check);
    return 1;
  }

  try {
    const outcome = await withPasswords(target, secrets, (password) => migrateWith(target, password, limits));
    if (!outcome.ok) {
      log('error', outcome.message, { database: outcome.database });
      return 1;
    }
    for (const migration of outcome.applied) log('info', 'applied', { migration });
    const { database, applied, newer } = outcome;
    log('info', 'up to date', { database, applied: applied.length, newer });
    return 0;
  } catch (error) {
    log('error', 'the migration failed', described(error));
    return 1;
  }
}

/** Tries the password of the settings, then the one of the secret: it may have been rotated meanwhile. */
async function withPasswords<T>(
  { password, secretId, connectTimeoutMs }: PostgresTarget,
  secrets: SecretReader,
  use: (password: string) => Promise<T>,
): Promise<T> {
  const ofSecret = async (): Promise<string> => {
    const id = secretId ?? '';
    const fields = await secrets.read(id, budgetOf(connectTimeoutMs));
    const field = fields.ok ? secretField(id, fields.value, 'password') : fields;
    if (!field.ok) throw new Error(field.failure.detail);
    return field.value.reveal();
  };
  if (!password) return use(await ofSecret());
  try {
    return await use(password.reveal());
  } catch (error) {
    if (!secretId || sqlState(error) !== '28P01') throw error;
    return use(await ofSecret());
  }
}

async function migrateWith(
  target: PostgresTarget,
  password: string,
  limits: MigrateLimits,
): Promise<MigrateOutcome> {
  const client = postgresClient(target, password, 'breakwater-migrate');
  // Without a listener, a connection that breaks while idle would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await migrate(client, { limits });
  } finally {
    await client.end().catch(() => undefined);
  }
}

const sqlState = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

/** A failing statement as evidence. The statement itself is in the image; settings are not in here. */
function described(error: unknown): object {
  const failure = postgresFailure(error, 'query');
  const { hint } = error as { hint?: string };
  return { ...failureFields(failure, 'postgres'), evidence: { ...failure.evidence, hint } };
}
