/** Names of dimensions that a metric is published with. */
type Dimensions = readonly string[];

interface Namespace {
  /** Every combination that AWS publishes metrics of the namespace with. */
  sets: readonly Dimensions[];
  /** Metrics that are published with some of them only. */
  metrics?: Readonly<Record<string, readonly Dimensions[]>>;
}

const balancer = ['LoadBalancer'];
const balancerZone = ['LoadBalancer', 'AvailabilityZone'];
const target = ['LoadBalancer', 'TargetGroup'];
const targetZone = ['LoadBalancer', 'TargetGroup', 'AvailabilityZone'];
const ofBalancer = [balancer, balancerZone];
const ofTargets = [target, targetZone];

const balancerMetrics = [
  ...['ActiveConnectionCount', 'ClientTLSNegotiationErrorCount', 'ConsumedLCUs', 'HTTPCode_ELB_3XX_Count'],
  ...['HTTPCode_ELB_4XX_Count', 'HTTPCode_ELB_5XX_Count', 'HTTPCode_ELB_500_Count', 'HTTPCode_ELB_502_Count'],
  ...['HTTPCode_ELB_503_Count', 'HTTPCode_ELB_504_Count', 'HTTP_Fixed_Response_Count', 'NewConnectionCount'],
  ...['HTTP_Redirect_Count', 'ProcessedBytes', 'RejectedConnectionCount'],
];
const targetMetrics = [
  ...['HealthyHostCount', 'UnHealthyHostCount', 'AnomalousHostCount', 'MitigatedHostCount'],
];

const service = ['ClusterName', 'ServiceName'];
const serviceCounts = [
  'DeploymentCount',
  'DesiredTaskCount',
  'PendingTaskCount',
  'RunningTaskCount',
  'TaskSetCount',
];

/** The metrics of AWS services in their user guides, "CloudWatch metrics", 2026. */
const namespaces: Readonly<Record<string, Namespace>> = {
  'AWS/Lambda': {
    sets: [
      [],
      ['FunctionName'],
      ['FunctionName', 'Resource'],
      ['FunctionName', 'Resource', 'ExecutedVersion'],
      ['FunctionName', 'EventSourceMappingUUID'],
    ],
  },
  'AWS/ApplicationELB': {
    sets: [...ofBalancer, ...ofTargets],
    metrics: {
      ...Object.fromEntries(balancerMetrics.map((name) => [name, ofBalancer])),
      ...Object.fromEntries(targetMetrics.map((name) => [name, ofTargets])),
      RequestCountPerTarget: [['TargetGroup'], ['TargetGroup', 'AvailabilityZone'], ...ofTargets],
    },
  },
  'AWS/RDS': {
    sets: [
      ...[[], ['DBInstanceIdentifier'], ['DatabaseClass'], ['EngineName'], ['SourceRegion']],
      ...[['DBClusterIdentifier'], ['DBClusterIdentifier', 'Role'], ['DBClusterIdentifier', 'EngineName']],
    ],
  },
  'AWS/ECS': { sets: [['ClusterName'], service] },
  'ECS/ContainerInsights': {
    sets: [
      ...[['ClusterName'], service, ['ClusterName', 'TaskDefinitionFamily']],
      ['ClusterName', 'ServiceName', 'TaskDefinitionFamily'],
    ],
    metrics: {
      ...Object.fromEntries(serviceCounts.map((name) => [name, [service]])),
      TaskCount: [['ClusterName']],
      ServiceCount: [['ClusterName']],
      ContainerInstanceCount: [['ClusterName']],
    },
  },
  'AWS/ElastiCache': { sets: [[], ['CacheClusterId'], ['CacheClusterId', 'CacheNodeId']] },
  'AWS/SNS': { sets: [[], ['TopicName'], ['Application', 'Platform'], ['Country'], ['SMSType']] },
  'AWS/Events': {
    sets: [[], ['RuleName'], ['EventBusName'], ['EventBusName', 'RuleName'], ['EventSourceName']],
  },
  'AWS/Scheduler': { sets: [[], ['ScheduleGroup']] },
  'AWS/SQS': { sets: [['QueueName']] },
};

/** The combinations that a metric is published with; `undefined` for a namespace that is not in the table. */
export const publishedDimensions = (namespace: string, name: string): readonly Dimensions[] | undefined =>
  namespaces[namespace]?.metrics?.[name] ?? namespaces[namespace]?.sets;
