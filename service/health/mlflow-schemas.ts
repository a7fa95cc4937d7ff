/** The shapes of the answers about MLflow, as mlflow-view.ts makes them. */
import {
  amount,
  closed,
  count,
  exactly,
  flag,
  type NamedSchema,
  named,
  nullable,
  oneOf,
  ref,
  text,
  time,
} from '../openapi/index.ts';

const state = oneOf(['CLOSED', 'HALF_OPEN', 'OPEN']);
const trackingUri = nullable(text('For operators only.'));

const connectivity = {
  tracking_uri: trackingUri,
  latency_ms: nullable(amount()),
  sample_model: { type: 'null', description: 'No model is read any more.' },
};

export const mlflowSchemas: readonly NamedSchema[] = [
  named(
    'MlflowHealth',
    closed({
      status: ref('ServiceStatus'),
      circuit_breaker_state: state,
      circuit_breaker_details: closed({
        state,
        failure_count: count(),
        consecutive_successes: count(),
        recovery_attempts: count(),
        last_failure_time: nullable(time()),
        last_success_time: nullable(time()),
        time_since_last_failure: nullable(amount('Seconds.')),
        time_until_retry: nullable(amount('Seconds; null while an operator holds it open.')),
        failure_threshold: count(),
        recovery_timeout: amount('Seconds.'),
      }),
      connected: flag('The last background check succeeded.'),
      tracking_uri: trackingUri,
      error: nullable(text()),
      error_type: nullable(ref('CauseCode')),
      last_check_time: nullable(time()),
      response_time_ms: nullable(amount()),
      can_retry_in_seconds: nullable(amount()),
      timestamp: time(),
    }),
  ),
  named('MlflowReachable', closed({ status: exactly('ok'), ...connectivity })),
  named(
    'MlflowUnreachable',
    closed({ status: exactly('error'), ...connectivity, error_type: ref('CauseCode'), error: text() }),
  ),
];
