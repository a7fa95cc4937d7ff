import type { SettingsReading } from '../../core/settings/index.ts';

/** The limits of the client that its target does not have, milliseconds unless said otherwise. */
export interface RedisLimits {
  /** Connections. */
  poolSize: number;
  /** Commands that may wait for their answers, all connections together. */
  pending: number;
  dnsMs: number;
  /** Upper bound of the pause after the first failed attempt to connect; each further one doubles it. */
  reconnectMs: number;
  /** Longest such bound. A connection that lived shorter than this counts as a failed attempt too. */
  reconnectMaxMs: number;
}

/**
 * A server that answers at all answers 1,000 commands in a few milliseconds; more wait only for one that hangs,
 * and each of them holds its request and its memory for a whole deadline.
 */
const pending = 1_000;

/** After a restart of the server most tasks are back in a few hundred milliseconds, and not in one of them. */
const reconnectMs = 100;
/** Once the server is back, a task that drew the longest pause has found out before a breaker's first trial. */
const reconnectMaxMs = 5_000;

export const redisLimits = (reading: SettingsReading): RedisLimits => ({
  poolSize: reading.get('REDIS_POOL_SIZE'),
  pending,
  dnsMs: reading.get('DNS_TIMEOUT') * 1_000,
  reconnectMs,
  reconnectMaxMs,
});
