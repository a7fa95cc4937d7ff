import { causes } from '../../../../core/causes/index.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';

/** Memory in use, percent: the rest takes the messages of the hours until somebody comes. */
const memoryPercent = 80;

export const cacheRows = ({ cache }: Watched): AlarmRow[] =>
  cache
    ? [
        {
          name: 'redis-memory-high',
          measured: {
            namespace: 'AWS/ElastiCache',
            metricName: 'DatabaseMemoryUsagePercentage',
            dimensions: { CacheClusterId: cache.clusterId },
            statistic: 'Maximum',
          },
          period: 60,
          comparison: 'above',
          threshold: memoryPercent,
          because: `${memoryPercent} % of the memory of the node; replicas hold the same.`,
          datapoints: [5, 5],
          patience: 'A replica that is built anew takes memory for a moment.',
          missing: 'notBreaching',
          severity: 'ticket',
          says: `Redis (${cache.clusterId}) uses more than ${memoryPercent} % of its memory.`,
          consequence:
            'When it is full it refuses writes: messages wait in PostgreSQL, API keys are not cached.',
          runbook: causes.OUT_OF_MEMORY.runbook,
          proof: { fault: 'redis-full', how: 'driven' },
        },
      ]
    : [];
