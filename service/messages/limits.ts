import type { SettingsReading } from '../../core/settings/index.ts';

/** The times of the message queue, in milliseconds, and its counts. */
export const messageLimits = (reading: SettingsReading) => ({
  retries: reading.get('MESSAGE_RETRY_MAX'),
  retryDelayMs: reading.get('MESSAGE_RETRY_BASE_DELAY') * 1_000,
  leaseMs: reading.get('MESSAGE_LEASE') * 1_000,
  pollMs: reading.get('MESSAGE_POLL_INTERVAL') * 1_000,
  keptMs: reading.get('MESSAGE_SENT_RETENTION') * 1_000,
  reclaimMs: reading.get('MESSAGE_RECLAIM_TIMEOUT') * 1_000,
  /** Deadline of one call to SQS. */
  sendMs: reading.get('MESSAGE_SEND_TIMEOUT') * 1_000,
  /** Messages of one pass of the relay: a tenth of a second's work. */
  batch: 500,
  /** Time between two looks at what waits, for the metrics, and from the start to the first. */
  measureMs: Math.min(5_000, reading.get('METRICS_INTERVAL') * 1_000),
  firstMs: 1_000,
  /** Time between two looks at the lists: consumers that died, dead letters. Short enough for the time that those have. */
  careMs: Math.min(5_000, reading.get('MESSAGE_RECLAIM_TIMEOUT') * 500),
  /** Time between two removals of what was sent long ago. */
  cleanUpMs: 60_000,
});

export type MessageLimits = ReturnType<typeof messageLimits>;
