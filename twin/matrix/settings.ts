/**
 * A minute of the matrix takes about a second: deadlines and intervals are lowered as far as that needs. They are
 * part of the synthesized template, and printed.
 */
export const matrixSettings: Readonly<Record<string, string>> = {
  METRICS_INTERVAL: '0.5',
  HEALTH_CHECK_INTERVAL: '0.5',
  HEALTH_CHECK_TIMEOUT: '3',
  HEALTH_QUERY_TIMEOUT: '1',
  DATABASE_CONNECT_TIMEOUT: '2',
  DATABASE_RETRY_DELAY: '0.1',
  PROBE_DEADLINE: '4',
  // Above the wait for a lock, so that in each minute of a crowd somebody has had a turn.
  DATABASE_ACQUIRE_TIMEOUT: '2.5',
  // Above the two seconds that a query may take, so that one which waits for a lock is a slow one.
  DATABASE_LOCK_TIMEOUT: '2.2',
  // A registration that waits for a lock is refused before its user has left.
  DATABASE_MAX_RETRIES: '1',
  REDIS_CONNECT_TIMEOUT: '1',
  MLFLOW_CONNECT_TIMEOUT: '1',
  MLFLOW_PROXY_TIMEOUT: '4',
  AUTH_SERVICE_TIMEOUT: '1.5',
  POSTGRES_CB_RECOVERY_TIMEOUT: '1',
  REDIS_CB_RECOVERY_TIMEOUT: '1',
  MLFLOW_CB_RECOVERY_TIMEOUT: '1',
  AUTH_CB_RECOVERY_TIMEOUT: '1',
  MESSAGE_RETRY_BASE_DELAY: '0.1',
  MESSAGE_LEASE: '5',
  SHUTDOWN_DELAY: '0',
};
