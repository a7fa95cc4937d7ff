/** What the document says of the paths about MLflow. */
import { jsonResponse, moreForOperators, narrowed, oneOf, operation, ref } from '../openapi/index.ts';

const tags = ['health'] as const;
const usable = { status: oneOf(['healthy', 'recovering']) };
const notUsable = { status: oneOf(['degraded', 'unhealthy']) };

export const mlflowOperations = {
  health: operation({
    operationId: 'getMlflowHealth',
    summary: 'MLflow and its circuit breaker',
    description:
      'A token that is not the operators’ is taken no notice of: callers send their API key everywhere.',
    tags,
    security: moreForOperators,
    responses: {
      ...jsonResponse(200, 'It can be used.', narrowed('MlflowHealth', usable)),
      ...jsonResponse(503, 'It cannot be used.', narrowed('MlflowHealth', notUsable)),
    },
  }),
  connectivity: operation({
    operationId: 'getMlflowConnectivity',
    summary: 'Whether MLflow can be used',
    description: 'In the shape of the client’s own check.',
    tags,
    security: moreForOperators,
    responses: {
      ...jsonResponse(200, 'It can be used.', ref('MlflowReachable'), {
        status: 'ok',
        tracking_uri: null,
        latency_ms: 12.3,
        sample_model: null,
      }),
      ...jsonResponse(503, 'It cannot be used.', ref('MlflowUnreachable')),
    },
  }),
};
