import { causes } from '../../../../core/causes/index.ts';
import type { ConditionName } from '../../../../core/conditions/index.ts';
import type { Subject } from '../subject.ts';
import type { MetricWidget, Section } from '../widget.ts';

/** ElastiCache names the nodes of a replication group so. */
const nodeNames = (group: string, nodes: number): string[] =>
  Array.from({ length: nodes }, (_, place) => `${group}-${String(place + 1).padStart(3, '0')}`);

/** The nodes of the cache. */
export const redis = (
  { runbooks }: Subject,
  { replicationGroupId, nodes }: NonNullable<Subject['cache']>,
): Section => {
  const graph = (
    title: string,
    metric: string,
    axis: NonNullable<MetricWidget['axis']>,
    watchedBy: readonly ConditionName[],
  ): MetricWidget => ({
    kind: 'metric',
    title,
    view: 'course',
    period: 60,
    series: nodeNames(replicationGroupId, nodes).map((node, place) => ({
      namespace: 'AWS/ElastiCache',
      metric,
      dimensions: { CacheClusterId: node },
      stat: 'Maximum',
      label: `node ${place + 1}`,
    })),
    axis,
    watchedBy,
  });
  const percent = { label: '%', min: 0, max: 100 };
  return {
    title: `Redis. ${runbooks.link('Out of memory', causes.OUT_OF_MEMORY.runbook)}`,
    rows: [
      {
        height: 6,
        cells: [
          {
            widgets: [
              graph('Memory in use', 'DatabaseMemoryUsagePercentage', percent, ['redis-memory-high']),
            ],
          },
          {
            widgets: [graph('Processor of the engine', 'EngineCPUUtilization', percent, [])],
          },
          { widgets: [graph('Connections', 'CurrConnections', { label: 'connections', min: 0 }, [])] },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of Redis',
                conditions: ['redis-memory-high'],
              },
            ],
          },
        ],
      },
    ],
  };
};
