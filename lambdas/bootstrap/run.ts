/**
 * Prepares the database server for the service: its role, its database, its grants, and the roles of the
 * capacity probe and of those who look after messages. Safe to run again: it changes only what is not yet so, and says what it changed.
 */
import { budgetOf, type SecretFields, type SecretReader, secretField } from '../../core/checks/index.ts';
import { problemsMessage, resolvePostgres, type SettingsReading } from '../../core/settings/index.ts';
import {
  ensureDatabase,
  ensureRole,
  grantCapacityProbe,
  grantMessages,
  grantOperations,
  grantService,
} from './ensure.ts';
import { orThrow, refuse } from './failure.ts';
import { type Login, open, run, type Work } from './session.ts';

/** What a run did. */
export interface BootstrapResult {
  database: string;
  /** One line for each thing that was not so before. */
  changes: string[];
}

/** Longest run, milliseconds; the timeout of the function is longer. */
const runMs = 60_000;
/** Any number will do, as long as every run takes the same. */
const lockKey = 7_286_001;

const loginOf = (secretId: string, fields: SecretFields): Login => ({
  user: orThrow(secretField(secretId, fields, 'username')).reveal(),
  password: orThrow(secretField(secretId, fields, 'password')),
});

const required = (
  settings: SettingsReading,
  name:
    | 'DATABASE_MASTER_SECRET_ID'
    | 'DATABASE_SECRET_ID'
    | 'CAPACITY_PROBE_SECRET_ID'
    | 'MESSAGE_OPERATIONS_SECRET_ID',
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
  const operations = await login(required(settings, 'MESSAGE_OPERATIONS_SECRET_ID'));
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
    for (const user of [service, capacity, operations]) await ensureRole(work, server, user, 'postgres');
    await ensureDatabase(work, server, target.database);
    const inside = orThrow(await open(work, master, target.database));
    try {
      await grantService(work, inside, service.user, target.database);
      await grantCapacityProbe(work, inside, capacity.user, target.database);
      await grantOperations(work, inside, operations.user, target.database);
    } finally {
      inside.close();
    }
    const owner = orThrow(await open(work, service, target.database));
    try {
      await grantMessages(work, owner, operations.user);
    } finally {
      owner.close();
    }
    for (const user of [capacity, operations]) orThrow(await open(work, user, target.database)).close();
  } finally {
    server.close();
  }
  return { database: target.database, changes: work.changes };
};
