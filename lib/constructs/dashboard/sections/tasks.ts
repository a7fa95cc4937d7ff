import type { ConditionName } from '../../../../core/conditions/index.ts';
import type { Subject } from '../subject.ts';
import type { MetricWidget, Section, Series } from '../widget.ts';

/** The tasks of the service, as ECS sees them. */
export const tasks = ({ clusterName, serviceName, minTasks }: NonNullable<Subject['service']>): Section => {
  const series = (namespace: string, metric: string, stat: string, label: string): Series => ({
    namespace,
    metric,
    dimensions: { ClusterName: clusterName, ServiceName: serviceName },
    stat,
    label,
  });
  const share = (title: string, metric: string, watchedBy: ConditionName): MetricWidget => ({
    kind: 'metric',
    title,
    view: 'course',
    period: 60,
    series: [
      series('AWS/ECS', metric, 'Average', 'average'),
      series('AWS/ECS', metric, 'Maximum', 'fullest task'),
    ],
    axis: { label: '%', min: 0, max: 100 },
    watchedBy: [watchedBy],
  });
  const running: MetricWidget = {
    kind: 'metric',
    title: 'Tasks that run, and that should',
    view: 'course',
    period: 60,
    series: [
      series('ECS/ContainerInsights', 'RunningTaskCount', 'Minimum', 'running'),
      series('ECS/ContainerInsights', 'DesiredTaskCount', 'Maximum', 'wanted'),
    ],
    axis: { label: 'tasks', min: 0 },
    lines: [{ value: minTasks, label: `least (${minTasks})` }],
  };
  return {
    title: 'Tasks',
    rows: [
      {
        height: 6,
        cells: [
          { widgets: [running] },
          { widgets: [share('Processor', 'CPUUtilization', 'service-cpu-high')] },
          { widgets: [share('Memory', 'MemoryUtilization', 'service-memory-high')] },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of the tasks',
                conditions: ['service-cpu-high', 'service-memory-high'],
              },
            ],
          },
        ],
      },
    ],
  };
};
