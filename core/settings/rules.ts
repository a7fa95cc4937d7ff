/** Contradictions between settings that are each fine alone. */
import type { SettingGroup, SettingName, SettingValue } from './definitions/index.ts';

type Get = <N extends SettingName>(name: N) => SettingValue<N>;

export interface ContradictionRule {
  group: SettingGroup;
  /** The variable to change. */
  variable: SettingName;
  /** What is wrong, seen the values; undefined when they agree. */
  contradiction(get: Get): string | undefined;
}

/** Seconds from SIGTERM to the end, with 2 s left of what ECS allows. */
const longestShutdown = 118;

export const contradictionRules: readonly ContradictionRule[] = [
  {
    group: 'postgres',
    variable: 'DATABASE_SSL_MODE',
    contradiction: (get) =>
      get('DATABASE_SSL_MODE') === 'disable' && get('ENVIRONMENT') !== 'development'
        ? `DATABASE_SSL_MODE is "disable" and ENVIRONMENT is "${get('ENVIRONMENT')}": write verify-full; disable is only for development`
        : undefined,
  },
  {
    group: 'redis',
    variable: 'REDIS_TLS_ENABLED',
    contradiction: (get) =>
      get('REDIS_ENABLED') && !get('REDIS_TLS_ENABLED') && get('ENVIRONMENT') !== 'development'
        ? `REDIS_TLS_ENABLED is false and ENVIRONMENT is "${get('ENVIRONMENT')}": write true; false is only for development`
        : undefined,
  },
  {
    group: 'service',
    variable: 'HEALTH_QUERY_TIMEOUT',
    contradiction: (get) =>
      get('HEALTH_QUERY_TIMEOUT') > get('HEALTH_CHECK_TIMEOUT')
        ? `HEALTH_QUERY_TIMEOUT (${get('HEALTH_QUERY_TIMEOUT')} s) is longer than HEALTH_CHECK_TIMEOUT (${get('HEALTH_CHECK_TIMEOUT')} s): write a shorter one; the second bounds connecting and querying together`
        : undefined,
  },
  {
    group: 'postgres',
    variable: 'DATABASE_LOCK_TIMEOUT',
    contradiction: (get) =>
      get('DATABASE_LOCK_TIMEOUT') > get('DATABASE_STATEMENT_TIMEOUT')
        ? `DATABASE_LOCK_TIMEOUT (${get('DATABASE_LOCK_TIMEOUT')} s) is longer than DATABASE_STATEMENT_TIMEOUT (${get('DATABASE_STATEMENT_TIMEOUT')} s): write a shorter one, so that the error says that a lock was the reason`
        : undefined,
  },
  {
    group: 'service',
    variable: 'SHUTDOWN_DELAY',
    contradiction: (get) =>
      get('SHUTDOWN_DELAY') + get('SHUTDOWN_TIMEOUT') > longestShutdown
        ? `SHUTDOWN_DELAY (${get('SHUTDOWN_DELAY')} s) and SHUTDOWN_TIMEOUT (${get('SHUTDOWN_TIMEOUT')} s) are together longer than ${longestShutdown} s: write shorter ones; ECS kills a task 120 s after SIGTERM`
        : undefined,
  },
  {
    group: 'messages',
    variable: 'MESSAGE_QUEUE_TYPE',
    contradiction: (get) =>
      get('MESSAGE_QUEUE_TYPE') === 'redis' && !get('REDIS_ENABLED')
        ? 'MESSAGE_QUEUE_TYPE is "redis" and REDIS_ENABLED is false: write sqs or none, or set REDIS_ENABLED to true'
        : undefined,
  },
  {
    group: 'messages',
    variable: 'MESSAGE_QUEUE_URL',
    contradiction: (get) =>
      get('MESSAGE_QUEUE_TYPE') === 'sqs' && !get('MESSAGE_QUEUE_URL')
        ? 'MESSAGE_QUEUE_TYPE is "sqs" and MESSAGE_QUEUE_URL is not set: write the address of the queue'
        : undefined,
  },
  {
    group: 'messages',
    variable: 'MESSAGE_QUEUE_URL',
    contradiction: (get) => {
      const url = get('MESSAGE_QUEUE_URL');
      return get('MESSAGE_QUEUE_TYPE') === 'sqs' && url && !url.pathname.endsWith('.fifo')
        ? `MESSAGE_QUEUE_URL is "${url.href}", which is no FIFO queue: write the address of one; it ends in .fifo`
        : undefined;
    },
  },
];
