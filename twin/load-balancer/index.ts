export { type LoadBalancerDefinition, readLoadBalancer } from './definition.ts';
export { type LoadBalancer, startLoadBalancer } from './load-balancer.ts';
export type { TargetTransition } from './target-health.ts';
export { loadBalancerMetrics, loadBalancerNamespace } from './traffic.ts';
