import { operation } from '../openapi/index.ts';

/** What the document says of `/metrics`. */
export const metricsOperation = operation({
  operationId: 'getMetrics',
  summary: 'The metrics of this process',
  description: 'docs/reference/metrics.md names those that are published to CloudWatch as well.',
  tags: ['metrics'],
  responses: {
    200: {
      description: 'The text format of Prometheus.',
      content: {
        'text/plain; version=0.0.4; charset=utf-8': {
          schema: { type: 'string', pattern: '^# HELP ' },
          example:
            '# HELP breakwater_health_status What /health says: 0 healthy, 1 degraded, 2 unhealthy.\n# TYPE breakwater_health_status gauge\nbreakwater_health_status 0\n',
        },
      },
    },
  },
});
