/** `/health/mlflow` and `/api/health/mlflow`, in the shapes that their callers know. */
import type { ServiceSnapshot } from './snapshot.ts';

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
const seconds = (ms: number): number => Math.round(ms / 100) / 10;

const stateNames = { closed: 'CLOSED', 'half-open': 'HALF_OPEN', open: 'OPEN' } as const;

/** The address of MLflow is an internal one: operators see it. */
const addressOf = ({ monitor }: ServiceSnapshot, detailed: boolean) =>
  detailed ? (monitor?.check?.target ?? null) : null;

const usable = ({ status }: ServiceSnapshot): boolean => status === 'healthy' || status === 'recovering';

const sentence = ({ reason, cause }: ServiceSnapshot): string | null =>
  reason === undefined ? null : cause === undefined ? reason : `${reason} (${cause})`;

const breakerDetails = (
  { breaker, monitor }: ServiceSnapshot,
  policy: { failures: number; openMs: number },
) => ({
  state: stateNames[breaker?.state ?? 'closed'],
  failure_count: breaker?.failures ?? 0,
  consecutive_successes: breaker?.successes ?? 0,
  recovery_attempts: breaker?.failedRecoveries ?? 0,
  last_failure_time: iso(breaker?.lastFailureAt),
  last_success_time: iso(monitor?.lastUpAt),
  time_since_last_failure:
    breaker?.lastFailureAt === undefined ? null : seconds(Date.now() - breaker.lastFailureAt),
  time_until_retry: Number.isFinite(breaker?.retryAfterMs) ? seconds(breaker?.retryAfterMs ?? 0) : null,
  failure_threshold: policy.failures,
  recovery_timeout: policy.openMs / 1_000,
});

/** 200 while MLflow can be used, else 503. */
export const mlflowHealth = (
  service: ServiceSnapshot,
  policy: { failures: number; openMs: number },
  detailed: boolean,
) => {
  const { monitor, cause } = service;
  const details = breakerDetails(service, policy);
  return {
    code: usable(service) ? 200 : 503,
    body: {
      status: service.status,
      circuit_breaker_state: details.state,
      circuit_breaker_details: details,
      connected: monitor?.verdict === 'up' && !monitor.stale,
      tracking_uri: addressOf(service, detailed),
      error: sentence(service),
      error_type: cause ?? null,
      last_check_time: iso(monitor?.checkedAt),
      response_time_ms: monitor?.check?.durationMs ?? null,
      can_retry_in_seconds: details.time_until_retry,
      timestamp: new Date().toISOString(),
    },
  };
};

/** The shape of the client's own check: no model is read for it any more, so the sample is always null. */
export const mlflowConnectivity = (service: ServiceSnapshot, detailed: boolean) => {
  const shared = {
    tracking_uri: addressOf(service, detailed),
    latency_ms: service.monitor?.check?.durationMs ?? null,
    sample_model: null,
  };
  return usable(service)
    ? { code: 200, body: { status: 'ok', ...shared } }
    : {
        code: 503,
        body: {
          status: 'error',
          ...shared,
          error_type: service.cause ?? 'UNKNOWN',
          error: sentence(service) ?? 'MLflow cannot be used',
        },
      };
};
