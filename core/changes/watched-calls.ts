/**
 * The calls to AWS that change what the service stands on, once: the rules that catch them, the function that
 * records them and the twin read this table.
 */

export interface WatchedCalls {
  /** As EventBridge names the service. */
  source: `aws.${string}`;
  /** Names of the calls, as CloudTrail records them. */
  calls: readonly string[];
  /**
   * Where the request says what is changed, as paths from `requestParameters`. Nothing else of a request is
   * looked at or written down: passwords and secrets are among its parameters.
   */
  named: readonly string[];
}

export const watchedCalls = {
  database: {
    source: 'aws.rds',
    calls: [
      ...['ModifyDBInstance', 'RebootDBInstance', 'StopDBInstance', 'StartDBInstance', 'DeleteDBInstance'],
      ...['ModifyDBParameterGroup', 'ResetDBParameterGroup', 'DeleteDBParameterGroup'],
      ...['ModifyDBSubnetGroup', 'AddRoleToDBInstance', 'RemoveRoleFromDBInstance'],
    ],
    named: ['dBInstanceIdentifier', 'dBParameterGroupName', 'dBSubnetGroupName'],
  },
  securityGroups: {
    source: 'aws.ec2',
    calls: [
      ...['AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress'],
      ...['RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress'],
      ...['ModifySecurityGroupRules', 'DeleteSecurityGroup'],
    ],
    named: ['groupId', 'ModifySecurityGroupRulesRequest.GroupId'],
  },
  subnets: {
    source: 'aws.ec2',
    calls: [
      ...['CreateNetworkAclEntry', 'ReplaceNetworkAclEntry', 'DeleteNetworkAclEntry', 'DeleteNetworkAcl'],
      ...['CreateRoute', 'ReplaceRoute', 'DeleteRoute', 'DeleteRouteTable'],
      ...['AssociateRouteTable', 'EnableVgwRoutePropagation', 'DisableVgwRoutePropagation'],
      ...['ModifyVpcAttribute', 'AssociateDhcpOptions', 'DetachInternetGateway'],
    ],
    named: ['networkAclId', 'routeTableId', 'vpcId', 'internetGatewayId', 'subnetId'],
  },
  /** Their requests name an association, an endpoint or a gateway, which only the answer of EC2 ties to a network. */
  attachments: {
    source: 'aws.ec2',
    calls: [
      ...['ReplaceNetworkAclAssociation', 'ReplaceRouteTableAssociation', 'DisassociateRouteTable'],
      ...['ModifyVpcEndpoint', 'DeleteVpcEndpoints', 'DeleteNatGateway', 'ModifyNetworkInterfaceAttribute'],
    ],
    named: [
      ...['associationId', 'networkAclId', 'routeTableId', 'natGatewayId', 'networkInterfaceId'],
      ...['ModifyVpcEndpointRequest.VpcEndpointId', 'DeleteVpcEndpointsRequest.VpcEndpointId.content'],
      ...['DeleteNatGatewayRequest.NatGatewayId'],
    ],
  },
  tasks: {
    source: 'aws.ecs',
    calls: [
      ...['UpdateService', 'DeleteService', 'CreateService', 'UpdateServicePrimaryTaskSet'],
      ...['RegisterTaskDefinition', 'DeregisterTaskDefinition', 'StopTask', 'ExecuteCommand'],
      ...['UpdateCluster', 'UpdateClusterSettings', 'PutClusterCapacityProviders', 'DeleteCluster'],
    ],
    named: ['service', 'serviceName', 'family', 'taskDefinition', 'task', 'cluster'],
  },
  secrets: {
    source: 'aws.secretsmanager',
    calls: [
      ...['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'DeleteSecret', 'RestoreSecret'],
      ...['RotateSecret', 'CancelRotateSecret', 'PutResourcePolicy', 'DeleteResourcePolicy'],
    ],
    named: ['secretId'],
  },
  parameters: {
    source: 'aws.ssm',
    calls: ['PutParameter', 'DeleteParameter', 'DeleteParameters', 'LabelParameterVersion'],
    named: ['name', 'names'],
  },
  cache: {
    source: 'aws.elasticache',
    calls: [
      ...['ModifyReplicationGroup', 'ModifyReplicationGroupShardConfiguration', 'DeleteReplicationGroup'],
      ...['IncreaseReplicaCount', 'DecreaseReplicaCount', 'TestFailover'],
      ...['ModifyCacheCluster', 'RebootCacheCluster', 'ModifyCacheSubnetGroup'],
    ],
    named: ['replicationGroupId', 'cacheClusterId', 'cacheSubnetGroupName'],
  },
  loadBalancer: {
    source: 'aws.elasticloadbalancing',
    calls: [
      ...['ModifyLoadBalancerAttributes', 'SetSecurityGroups', 'SetSubnets', 'DeleteLoadBalancer'],
      ...['ModifyTargetGroup', 'ModifyTargetGroupAttributes', 'DeregisterTargets', 'DeleteTargetGroup'],
      ...['CreateListener', 'ModifyListener', 'DeleteListener', 'RemoveListenerCertificates'],
      ...['CreateRule', 'ModifyRule', 'SetRulePriorities', 'DeleteRule'],
    ],
    named: ['targetGroupArn', 'listenerArn', 'ruleArn', 'loadBalancerArn', 'rulePriorities.ruleArn'],
  },
} as const satisfies Record<string, WatchedCalls>;

export type Watched = keyof typeof watchedCalls;

/** What EventBridge calls an event of CloudTrail. */
export const detailType = 'AWS API Call via CloudTrail';
