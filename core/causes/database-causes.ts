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
    meaning: 'The database is there, but tables or columns that the service needs are not.',
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
  CLUSTER_MODE: {
    meaning: 'Redis runs in cluster mode and keeps this key on another node.',
    remedy:
      'Use a replication group with cluster mode off, or the endpoint of one; the client speaks to a single node.',
    retryable: false,
  },
  CLUSTER_RESHARDING: {
    meaning: 'Redis moves the slot of this key between two nodes at this moment.',
    remedy: 'Wait until the slots are moved; then see CLUSTER_MODE.',
    retryable: true,
  },
  CLUSTER_DOWN: {
    meaning: 'The Redis cluster serves no key of this slot: slots are not assigned, or a node is lost.',
    remedy: 'Look at the events of the cache; a failover ends within a minute, unassigned slots do not.',
    retryable: true,
  },
  PRIMARY_LINK_DOWN: {
    meaning: 'This Redis node is a replica that has lost its primary and therefore answers nothing.',
    remedy:
      'Look at the events of the cache for a failover; check that the name leads to the primary endpoint.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;
