export { type LoadBalancerDefinition, readLoadBalancer } from './definition.ts';
export { type LoadBalancer, startLoadBalancer } from './load-balancer.ts';
export { answerError } from './own-answers.ts';
export { type Header, passedOn } from './passed-on.ts';
export type { TargetTransition } from './target-health.ts';
export { loadBalancerMetrics, loadBalancerNamespace } from './traffic.ts';
