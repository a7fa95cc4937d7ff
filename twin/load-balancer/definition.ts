import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';
import { forwardsTo, type ListenerRule, readRules } from './rules.ts';

/** How targets are judged, as the target group says. */
export interface HealthCheckSettings {
  path: string;
  intervalMs: number;
  timeoutMs: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** Whether an answer with this status passes. */
  matches(status: number): boolean;
}

/** What the template says of the load balancer in front of one target group. */
export interface LoadBalancerDefinition {
  /** The dimensions of its metrics. */
  loadBalancer: string;
  targetGroup: string;
  /** Of the listener in the template. */
  protocol: string;
  healthCheck: HealthCheckSettings;
  /** By priority. What matches none of them goes to the target. */
  rules: readonly ListenerRule[];
  /** How long a connection may be silent. */
  idleTimeoutMs: number;
}

/** A test for what `Matcher.HttpCode` lists, such as `200`, `200,202` or `200-299`. */
export const statusMatcher = (codes: string): ((status: number) => boolean) => {
  const ranges = codes.split(',').map((part) => {
    const [, from, to] = /^\s*(\d{3})(?:-(\d{3}))?\s*$/.exec(part) ?? [];
    if (from === undefined)
      throw new Error(`Matcher.HttpCode ${codes}: write codes and ranges, such as 200,202 or 200-299.`);
    return [Number(from), Number(to ?? from)] as const;
  });
  return (status) => ranges.some(([from, to]) => status >= from && status <= to);
};

/** Defaults are those of Elastic Load Balancing for HTTP (target group, health check settings). */
const readHealthCheck = (
  { properties, stack, logicalId }: TemplateResource,
  resolve: Resolve,
): HealthCheckSettings => {
  const property = <T>(name: string, otherwise: T): T =>
    (resolve(properties[name], stack) as T | undefined) ?? otherwise;
  const only = (name: string, known: string): void => {
    const value = property(name, known);
    if (value !== known)
      throw new Error(
        `${stack.name}: target group ${logicalId} has ${name} ${value}; the twin's load balancer knows ${known}.`,
      );
  };
  only('Protocol', 'HTTP');
  only('ProtocolVersion', 'HTTP1');
  only('HealthCheckProtocol', 'HTTP');
  only('HealthCheckPort', 'traffic-port');
  return {
    path: property('HealthCheckPath', '/'),
    intervalMs: property('HealthCheckIntervalSeconds', 30) * 1000,
    timeoutMs: property('HealthCheckTimeoutSeconds', 5) * 1000,
    healthyThreshold: property('HealthyThresholdCount', 5),
    unhealthyThreshold: property('UnhealthyThresholdCount', 2),
    matches: statusMatcher(property<{ HttpCode?: string }>('Matcher', {}).HttpCode ?? '200'),
  };
};

const idleTimeout = ({ properties, stack }: TemplateResource, resolve: Resolve): number => {
  const attributes = (resolve(properties.LoadBalancerAttributes, stack) ?? []) as {
    Key: string;
    Value: string;
  }[];
  const found = attributes.find(({ Key }) => Key === 'idle_timeout.timeout_seconds');
  return Number(found?.Value ?? 60) * 1000;
};

/**
 * Reads the listener that forwards to a target group, its rules, its load balancer and how the group judges
 * its targets.
 * @throws Error that names what the twin's load balancer does not do
 */
export const readLoadBalancer = (
  assembly: Assembly,
  resolve: Resolve,
  targetGroup: TemplateResource,
): LoadBalancerDefinition => {
  const refer = ({ logicalId, stack }: TemplateResource): string =>
    String(resolve({ Ref: logicalId }, stack));
  const attribute = ({ logicalId, stack }: TemplateResource, name: string): string =>
    String(resolve({ 'Fn::GetAtt': [logicalId, name] }, stack));
  const listeners = assembly
    .ofType('AWS::ElasticLoadBalancingV2::Listener')
    .filter(({ properties, stack }) =>
      forwardsTo(resolve(properties.DefaultActions, stack), refer(targetGroup)),
    );
  const [listener] = listeners;
  if (!listener || listeners.length > 1)
    throw new Error(
      `${targetGroup.stack.name}: ${listeners.length} listeners forward to ${targetGroup.logicalId}; the twin runs exactly one.`,
    );
  const balancerArn = String(resolve(listener.properties.LoadBalancerArn, listener.stack));
  const balancer = assembly
    .ofType('AWS::ElasticLoadBalancingV2::LoadBalancer')
    .find((candidate) => refer(candidate) === balancerArn);
  if (!balancer)
    throw new Error(`${listener.stack.name}: no load balancer of the template has listener ${balancerArn}.`);
  return {
    loadBalancer: attribute(balancer, 'LoadBalancerFullName'),
    targetGroup: attribute(targetGroup, 'TargetGroupFullName'),
    protocol: String(resolve(listener.properties.Protocol, listener.stack)),
    healthCheck: readHealthCheck(targetGroup, resolve),
    rules: readRules(assembly, resolve, refer(listener), refer(targetGroup)),
    idleTimeoutMs: idleTimeout(balancer, resolve),
  };
};
