import type { Sample } from '../metrics/index.ts';
import type { LoadBalancerDefinition } from './definition.ts';
import type { Outcome } from './forward.ts';
import type { TargetState } from './target-health.ts';

export const loadBalancerNamespace = 'AWS/ApplicationELB';

/** The metrics that are published here; alarms on others have no data. */
export const loadBalancerMetrics = [
  'HealthyHostCount',
  'UnHealthyHostCount',
  'RequestCount',
  'HTTPCode_Target_5XX_Count',
  'HTTPCode_ELB_5XX_Count',
  'TargetResponseTime',
] as const;

type MetricName = (typeof loadBalancerMetrics)[number];

/** Counts requests for the metrics of the load balancer. Health checks are not among them. */
export interface Traffic {
  count(outcome: Outcome): void;
  /** What came since the last time, with the state of the target now; undefined when none is registered. */
  take(state: TargetState | undefined): Sample[];
}

export const createTraffic = ({ loadBalancer, targetGroup }: LoadBalancerDefinition): Traffic => {
  const none = { requests: 0, targetErrors: 0, ownErrors: 0 };
  let counts = { ...none };
  let answerSeconds: number[] = [];

  const sample = (name: MetricName, value: number, dimensions: Record<string, string>): Sample => ({
    ...{ namespace: loadBalancerNamespace, name, dimensions, unit: 'Count', at: Date.now() },
    values: [value],
  });
  const times = (values: number[], dimensions: Record<string, string>): Sample => ({
    ...{ namespace: loadBalancerNamespace, name: 'TargetResponseTime', dimensions, unit: 'Seconds' },
    at: Date.now(),
    values,
  });

  return {
    count: (outcome) => {
      // Requests for which no target could be chosen are not counted as requests.
      if (!(outcome.by === 'load balancer' && outcome.status === 503)) counts.requests += 1;
      if (outcome.by === 'target') answerSeconds.push(outcome.afterMs / 1_000);
      if (outcome.by === 'target' && outcome.status >= 500) counts.targetErrors += 1;
      if (outcome.by === 'load balancer') counts.ownErrors += 1;
    },
    take: (state) => {
      const { requests, targetErrors, ownErrors } = counts;
      const answers = answerSeconds;
      counts = { ...none };
      answerSeconds = [];
      const own = { LoadBalancer: loadBalancer };
      const both = { ...own, TargetGroup: targetGroup };
      const registered = state !== undefined && state !== 'draining';
      // When each is reported: CloudWatch metrics for your Application Load Balancer, "Reporting criteria".
      return [
        ...(registered
          ? [
              sample('HealthyHostCount', state === 'healthy' ? 1 : 0, both),
              sample('UnHealthyHostCount', state === 'unhealthy' ? 1 : 0, both),
              ...[own, both].flatMap((dimensions) => [
                sample('RequestCount', requests, dimensions),
                sample('HTTPCode_Target_5XX_Count', targetErrors, dimensions),
              ]),
            ]
          : []),
        ...(answers.length > 0 ? [own, both].map((dimensions) => times(answers, dimensions)) : []),
        ...(ownErrors > 0 ? [sample('HTTPCode_ELB_5XX_Count', ownErrors, own)] : []),
      ];
    },
  };
};
