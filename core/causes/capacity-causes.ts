/** Causes of the layer capacity: limits. */
import type { CauseRow } from './cause-row.ts';

export const capacityCauses = {
  TOO_MANY_CONNECTIONS: {
    meaning: 'The server, the database or the user has no connection left.',
    remedy:
      'Find who holds the connections; close idle ones, or lower the pools. Restarting tasks makes it worse.',
    retryable: true,
  },
  POOL_EXHAUSTED: {
    meaning: 'Every connection of the pool of this process is in use, and none became free in time.',
    remedy: 'Look for slow queries first; then raise DATABASE_POOL_SIZE or the number of tasks.',
    retryable: true,
  },
  HEADROOM_LOW: {
    meaning: 'Few connections are left.',
    remedy: 'Find who holds the connections before the limit is reached.',
    retryable: true,
  },
  OUT_OF_MEMORY: {
    meaning: 'The server has no memory left for this.',
    remedy: 'Raise the size of the node, or let keys expire.',
    retryable: true,
  },
  MAX_CLIENTS: {
    meaning: 'Redis has no client connection left.',
    remedy: 'Find who holds the connections; check the pools.',
    retryable: true,
  },
  CLIENT_OUT_OF_SOCKETS: {
    meaning: 'This machine has no file descriptor or local port left for another connection.',
    remedy: 'Look for connections that are opened and not closed here; then raise the limit of open files.',
    retryable: true,
  },
  RATE_LIMITED: {
    meaning: 'The service answers that there were too many requests.',
    remedy: 'Wait as long as Retry-After says; check the limit of the key.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;
