/** Causes of the layer database: finding the database. */
import type { CauseRow } from './cause-row.ts';

export const databaseCauses = {
  DATABASE_MISSING: {
    meaning: 'The login works, but the server has no database of this name.',
    remedy:
      'Set DATABASE_NAME to a database that exists (the evidence lists them), or run the bootstrap function.',
    retryable: false,
  },
  DATABASE_ACCESS_DENIED: {
    meaning: 'The database exists, but the user may not connect to it.',
    remedy: 'Run the bootstrap function; it grants CONNECT.',
    retryable: false,
  },
  DATABASE_NOT_ACCEPTING: {
    meaning: 'The database exists, but does not accept connections.',
    remedy: 'Set ALLOW_CONNECTIONS back to true; look for who turned it off.',
    retryable: false,
  },
  SCHEMA_MISSING: {
    meaning: 'The database is there, but tables that the service needs are not.',
    remedy: 'Run the migration task; check that this is the right database.',
    retryable: false,
  },
  SERVER_STARTING: {
    meaning: 'The server is starting up or recovering.',
    remedy: 'Wait; look at the events of the instance when it lasts longer than a failover (120 s).',
    retryable: true,
  },
  SERVER_SHUTTING_DOWN: {
    meaning: 'The server is shutting down.',
    remedy: 'Look at the events of the instance: maintenance, a reboot or a failover is running.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;
