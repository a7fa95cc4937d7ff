/** Settings with which an alarm minute, and the recovery from a fault, take as little real time as they can. */
export const quickSettings: Readonly<Record<string, string>> = {
  METRICS_INTERVAL: '0.5',
  HEALTH_CHECK_INTERVAL: '0.5',
  HEALTH_CHECK_TIMEOUT: '3',
  AUTH_SERVICE_TIMEOUT: '3',
  POSTGRES_CB_RECOVERY_TIMEOUT: '1',
  REDIS_CB_RECOVERY_TIMEOUT: '1',
  MLFLOW_CB_RECOVERY_TIMEOUT: '1',
  AUTH_CB_RECOVERY_TIMEOUT: '1',
};
