import { causes } from '../../../../core/causes/index.ts';
import type { Subject } from '../subject.ts';
import type { MetricWidget, Section, Series } from '../widget.ts';

/** What clients send, and what they get. */
export const loadBalancer = (
  { runbooks }: Subject,
  { fullName, targetGroupFullNames }: NonNullable<Subject['loadBalancer']>,
): Section => {
  const own = { LoadBalancer: fullName };
  const series = (
    metric: string,
    stat: string,
    label: string,
    dimensions: Series['dimensions'] = own,
  ): Series => ({ namespace: 'AWS/ApplicationELB', metric, dimensions, stat, label });
  const requests: MetricWidget = {
    kind: 'metric',
    title: 'Requests',
    view: 'course',
    period: 60,
    series: [series('RequestCount', 'Sum', 'requests')],
    axis: { label: 'a minute', min: 0 },
  };
  const errors: MetricWidget = {
    kind: 'metric',
    title: 'Errors',
    view: 'course',
    period: 60,
    series: [
      { ...series('HTTPCode_Target_5XX_Count', 'Sum', '5xx of tasks'), color: '#d9603b' },
      { ...series('HTTPCode_ELB_5XX_Count', 'Sum', '5xx of the load balancer'), color: '#b8860b' },
      series('HTTPCode_Target_4XX_Count', 'Sum', '4xx of tasks'),
      series('HTTPCode_ELB_4XX_Count', 'Sum', '4xx of the load balancer'),
      series('RejectedConnectionCount', 'Sum', 'connections refused'),
    ],
    axis: { label: 'a minute', min: 0 },
    watchedBy: ['requests-rejected'],
  };
  const time: MetricWidget = {
    kind: 'metric',
    title: 'Time of an answer',
    view: 'course',
    period: 60,
    series: [
      series('TargetResponseTime', 'p50', 'half of them'),
      series('TargetResponseTime', 'p90', 'slowest 10 %'),
      series('TargetResponseTime', 'p99', 'slowest 1 %'),
    ],
    axis: { label: 's', min: 0 },
    watchedBy: ['responses-slow'],
  };
  const hostsOf = (targetGroup: string, place: number): Series[] => {
    const of = { LoadBalancer: fullName, TargetGroup: targetGroup };
    // A deployment in steps has two.
    const name = targetGroupFullNames.length > 1 ? `, group ${place + 1}` : '';
    return [
      series('HealthyHostCount', 'Minimum', `healthy, at least${name}`, of),
      series('HealthyHostCount', 'Maximum', `healthy, at most${name}`, of),
      { ...series('UnHealthyHostCount', 'Maximum', `unhealthy${name}`, of), color: '#d9603b' },
    ];
  };
  const hosts: MetricWidget = {
    kind: 'metric',
    title: 'Tasks that get requests',
    view: 'course',
    period: 60,
    series: targetGroupFullNames.flatMap(hostsOf),
    axis: { label: 'tasks', min: 0 },
    watchedBy: ['no-healthy-target', 'healthy-targets-low'],
  };
  return {
    title: `The load balancer. ${runbooks.link('No healthy target', causes.NO_HEALTHY_TARGET.runbook)}`,
    rows: [
      {
        height: 6,
        cells: [
          { widgets: [requests] },
          { widgets: [errors] },
          { widgets: [time] },
          { widgets: [hosts] },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of the load balancer',
                conditions: [
                  'no-healthy-target',
                  'healthy-targets-low',
                  'requests-failing',
                  'requests-rejected',
                  'responses-slow',
                  'errors-1h',
                  'error-budget-draining',
                ],
              },
            ],
          },
        ],
      },
    ],
  };
};
