/** Causes of the layer query: using the connection. */
import type { CauseRow } from './cause-row.ts';

export const queryCauses = {
  QUERY_TIMEOUT: {
    meaning: 'The connection is up, but a query did not finish in time.',
    remedy: 'Look for blocked sessions and load on the instance.',
    retryable: true,
  },
  LOCK_HELD: {
    meaning: 'Sessions wait for a lock that another one has held for long.',
    remedy:
      'Find out what the session is doing that the evidence names; select pg_terminate_backend(PID) ends it.',
    retryable: true,
  },
  TRANSACTION_CONFLICT: {
    meaning: 'The server rolled the transaction back because another one was in its way.',
    remedy:
      'Repeat the whole transaction; when it happens often, look at what the two change in which order.',
    retryable: true,
  },
  STATEMENT_REJECTED: {
    meaning: 'The server works and refuses this statement or command: its text, its data or a constraint.',
    remedy: 'Correct the statement or command, or its data; the connection and the server are well.',
    retryable: false,
  },
  PRIVILEGE_MISSING: {
    meaning: 'The role is logged in, and may not do this with the table, schema or function.',
    remedy:
      'Grant what the detail names to the role again, as the owner of the table; look for who revoked it, or set the role to another.',
    retryable: false,
  },
  READ_ONLY: {
    meaning: 'The server takes reads but no writes: a replica, a demoted primary, or a read-only default.',
    remedy: 'Check that the endpoint leads to the writer; connections made before a failover must be closed.',
    retryable: true,
  },
  DISK_FULL: {
    meaning: 'The server has no room left to write.',
    remedy: 'Raise the allocated storage; look for what grew (logs, an abandoned replication slot).',
    retryable: false,
  },
  SAVE_FAILED: {
    meaning: 'Redis cannot save its data and therefore refuses writes.',
    remedy:
      'Look at the log of the server for why the last save failed: disk, permission, or memory for the copy.',
    retryable: false,
  },
  SERVER_BUSY: {
    meaning: 'Redis runs a script that has taken too long, and answers nothing else.',
    remedy: 'Look for the script; SCRIPT KILL ends one that has not written.',
    retryable: true,
  },
  SERVER_ERROR: {
    meaning: 'The server failed at its own work: storage that cannot be read, damaged data, or a defect.',
    remedy: 'Look at the log of the server; do not restart it before the data is safe.',
    retryable: false,
  },
  CONNECTION_LOST: {
    meaning: 'The connection broke after it had been established.',
    remedy: 'Look at the events of the instance for a restart or failover at that time.',
    retryable: true,
  },
  SLOW: {
    meaning: 'The answer came, but later than the limit for a healthy one.',
    remedy: 'Look at the load of the instance and at the phase that took the time.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;
