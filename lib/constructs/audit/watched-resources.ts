import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Watched } from '../../../core/changes/index.ts';

/** What decides who reaches whom in a network, by id. */
export interface NetworkParts {
  vpc: string;
  groups: readonly string[];
  acls: readonly string[];
  routeTables: readonly string[];
}

/** The resources of one environment, by the names that a call would give them. */
export interface WatchedResources {
  /** Name of the stack of database and cache: groups without a name of their own begin with it. */
  dataStack: string;
  database: string;
  /** Absent where there is none. */
  cache?: string;
  /** First part of the names of secrets and parameters, such as `project/environment`. */
  path: string;
  cluster: string;
  taskFamilies: readonly string[];
  loadBalancer: string;
  targetGroup: string;
  network: NetworkParts;
}

/** What a value of the request must be for the rule to match. */
type Matcher =
  | string
  | { prefix: string | { 'equals-ignore-case': string } }
  | { 'equals-ignore-case': string };

/** Alternatives, each one parameter of the request. */
type Alternatives = readonly object[];

const prefix = (text: string): Matcher => ({ prefix: text });
/** RDS and ElastiCache keep names in lower case, and take them in any. */
const name = (text: string): Matcher => ({ 'equals-ignore-case': text });
const namePrefix = (text: string): Matcher => ({ prefix: { 'equals-ignore-case': text } });

/**
 * Which requests are about the resources of this environment; `everything` where a request does not say it.
 */
export const alternatives = (
  scope: Construct,
  resources: WatchedResources,
): Readonly<Record<Watched, Alternatives | 'everything' | 'nothing'>> => {
  const { network, path, cluster, cache, taskFamilies, loadBalancer } = resources;
  const arn = (service: string, resource: string) =>
    Stack.of(scope).formatArn({ service, resource: '' }).replace(/\/$/, '') + resource;
  const generated = [namePrefix(resources.dataStack)];
  const balancing = (kind: string) => prefix(arn('elasticloadbalancing', `${kind}/app/${loadBalancer}/`));
  return {
    database: [
      { dBInstanceIdentifier: [name(resources.database)] },
      { dBParameterGroupName: generated },
      { dBSubnetGroupName: generated },
    ],
    securityGroups: [
      { groupId: network.groups },
      { ModifySecurityGroupRulesRequest: { GroupId: network.groups } },
    ],
    subnets: [
      { networkAclId: network.acls },
      { routeTableId: network.routeTables },
      { vpcId: [network.vpc] },
    ],
    attachments: 'everything',
    tasks: [
      { cluster: [cluster, arn('ecs', `cluster/${cluster}`)] },
      { family: taskFamilies },
      {
        taskDefinition: taskFamilies.flatMap((family) => [
          prefix(`${family}:`),
          prefix(arn('ecs', `task-definition/${family}:`)),
        ]),
      },
    ],
    secrets: [{ secretId: [prefix(`${path}/`), prefix(arn('secretsmanager', `secret:${path}/`))] }],
    parameters: [{ name: [prefix(`/${path}/`)] }, { names: [prefix(`/${path}/`)] }],
    cache: cache
      ? [
          { replicationGroupId: [name(cache)] },
          { cacheClusterId: [namePrefix(`${cache}-`)] },
          { cacheSubnetGroupName: generated },
        ]
      : 'nothing',
    loadBalancer: [
      { loadBalancerArn: [balancing('loadbalancer')] },
      { listenerArn: [balancing('listener')] },
      { ruleArn: [balancing('listener-rule')] },
      { rulePriorities: { ruleArn: [balancing('listener-rule')] } },
      { targetGroupArn: [resources.targetGroup] },
    ],
  };
};
