/** Causes of the layer config: settings, secrets and what the sources of one name say. */
import type { CauseRow } from './cause-row.ts';

export const configCauses = {
  SETTING_INVALID: {
    meaning: 'A setting has a value that cannot be used.',
    remedy: 'Correct the named variable in the task definition or the shell; the message says what to write.',
    retryable: false,
  },
  SETTING_MISSING: {
    meaning: 'A required setting is not set.',
    remedy: 'Set the named variable; docs/reference/settings.md lists each with its meaning.',
    retryable: false,
  },
  PLACEHOLDER_UNRESOLVED: {
    meaning: 'A setting still contains the text of a template reference instead of its value.',
    remedy: 'Fix the step that should have replaced the reference, then deploy again.',
    retryable: false,
  },
  SECRET_UNREADABLE: {
    meaning: 'The secret with the credentials could not be read.',
    remedy:
      'Check that the secret exists, that the role may call secretsmanager:GetSecretValue on it, and that Secrets Manager can be reached.',
    retryable: true,
  },
  SECRET_INCOMPLETE: {
    meaning: 'The secret was read, but it is not a JSON object with the keys that are needed.',
    remedy: 'Restore the named keys in the secret; the bootstrap function writes all five.',
    retryable: false,
  },
  STARTUP_OPTION_REJECTED: {
    meaning:
      'The server, or a pooler in front of it, refuses an option that the client sends when it connects.',
    remedy: 'Take the named option out, or let the pooler ignore it (PgBouncer: ignore_startup_parameters).',
    retryable: false,
  },
  SERVER_MISCONFIGURED: {
    meaning:
      'The server runs and refuses the login because of its own configuration: a library, a file or an access rule that it cannot use.',
    remedy:
      'Take back the setting that names what the detail shows: of the role or the database (pg_db_role_setting), of the server, or in pg_hba.conf. No data is at risk.',
    retryable: false,
  },
  DATABASE_NAME_MISMATCH: {
    meaning: 'Not every source names the same database.',
    remedy: 'Change the named source to the database that exists on the server, then deploy again.',
    retryable: false,
  },
  DATABASE_NAME_CASE: {
    meaning: 'The configured database name differs from an existing one only in upper and lower case.',
    remedy: 'Write the name exactly as the server has it; PostgreSQL compares names by letter case.',
    retryable: false,
  },
  DATABASE_HOST_MISMATCH: {
    meaning: 'Not every source names the same database host and port.',
    remedy: 'Change the named source to the endpoint of the RDS instance, then deploy again.',
    retryable: false,
  },
  DATABASE_USER_MISMATCH: {
    meaning: 'Not every source names the same database user.',
    remedy: 'Change the named source to the user in the application secret, then deploy again.',
    retryable: false,
  },
  TASK_DEFINITION_DRIFT: {
    meaning:
      'What runs differs from the contract or from what was deployed: the task definition, its image, or the commit in it.',
    remedy: 'Deploy the service stack again; look in the audit log for who registered the revision by hand.',
    retryable: false,
  },
  SECRET_REFERENCE_BROKEN: {
    meaning:
      'The running task definition refers to a secret that does not exist or that its role cannot read.',
    remedy: 'Restore the secret or the grant of the execution role; new tasks cannot start until then.',
    retryable: false,
  },
  UPSTREAM_LOOP: {
    meaning: 'An upstream address leads back to the own load balancer.',
    remedy: 'Point the setting at the internal address of the upstream.',
    retryable: false,
  },
} as const satisfies Record<string, CauseRow>;
