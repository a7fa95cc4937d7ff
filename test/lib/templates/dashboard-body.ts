import { type Json, resourcesOf, type Synthesized, theOne } from './synthesized.ts';

/** The body as CloudWatch gets it; what refers to a resource is the name of that reference. */
export const dashboardOf = ({ templates }: Synthesized): { name: string; widgets: Json[]; body: Json } => {
  const { DashboardName, DashboardBody } = theOne(
    templates.Observability,
    'AWS::CloudWatch::Dashboard',
  ).Properties;
  const parts: Json[] = DashboardBody['Fn::Join'][1];
  const text = parts
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
    .join('');
  const body = JSON.parse(text);
  return { name: DashboardName, widgets: body.widgets, body };
};

/** One metric of a widget. */
export interface Shown {
  title: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  stat: string;
  visible: boolean;
}

/** Every metric of every widget; those of an expression are not visible themselves. */
export const shownMetrics = (widgets: readonly Json[]): Shown[] =>
  widgets
    .filter(({ type }) => type === 'metric')
    .flatMap(({ properties: { title, metrics } }) =>
      metrics
        .filter(([first]: Json[]) => typeof first === 'string')
        .map((entry: Json[]) => {
          const [namespace, metric, ...rest] = entry;
          const { stat, visible = true } = rest.pop();
          const dimensions = Object.fromEntries(
            Array.from({ length: rest.length / 2 }, (_, place) => rest.slice(place * 2, place * 2 + 2)),
          );
          return { title, namespace, metric, dimensions, stat, visible };
        }),
    );

/** The alarm that a reference in a widget stands for, by its name. */
export const alarmNamed = ({ templates }: Synthesized, reference: string): string | undefined => {
  const id = /'Fn::GetAtt':\['([^']+)','Arn'\]/.exec(reference)?.[1];
  return ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
    .flatMap((type) => resourcesOf(templates.Observability, type))
    .find((resource) => resource.id === id)?.Properties.AlarmName;
};

/** Metrics that AWS publishes, each with the names of its dimensions (CloudWatch metrics of each service). */
export const awsMetrics: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'AWS/ApplicationELB': {
    RequestCount: ['LoadBalancer'],
    HTTPCode_ELB_4XX_Count: ['LoadBalancer'],
    HTTPCode_ELB_5XX_Count: ['LoadBalancer'],
    HTTPCode_ELB_503_Count: ['LoadBalancer'],
    HTTPCode_Target_4XX_Count: ['LoadBalancer'],
    HTTPCode_Target_5XX_Count: ['LoadBalancer'],
    RejectedConnectionCount: ['LoadBalancer'],
    TargetResponseTime: ['LoadBalancer'],
    HealthyHostCount: ['LoadBalancer', 'TargetGroup'],
    UnHealthyHostCount: ['LoadBalancer', 'TargetGroup'],
  },
  'AWS/RDS': Object.fromEntries(
    [
      'CPUUtilization',
      'FreeableMemory',
      'FreeStorageSpace',
      'DatabaseConnections',
      'WriteLatency',
      'MaximumUsedTransactionIDs',
    ].map((name) => [name, ['DBInstanceIdentifier']]),
  ),
  'AWS/ECS': {
    CPUUtilization: ['ClusterName', 'ServiceName'],
    MemoryUtilization: ['ClusterName', 'ServiceName'],
  },
  'ECS/ContainerInsights': {
    RunningTaskCount: ['ClusterName', 'ServiceName'],
    DesiredTaskCount: ['ClusterName', 'ServiceName'],
  },
  'AWS/ElastiCache': Object.fromEntries(
    ['DatabaseMemoryUsagePercentage', 'EngineCPUUtilization', 'CurrConnections'].map((name) => [
      name,
      ['CacheClusterId'],
    ]),
  ),
  'AWS/SQS': { ApproximateAgeOfOldestMessage: ['QueueName'] },
};
