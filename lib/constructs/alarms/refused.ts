/** What AWS recommends for a service in use here, and this catalogue does not have. */
export interface Refusal {
  /** Namespace and metric, as AWS's list of recommended alarms has them. */
  metric: string;
  because: string;
}

export const refusals: readonly Refusal[] = [
  {
    metric: 'AWS/RDS DBLoad',
    because: 'CPUUtilization and the p99 of the queries tell of the same, and each names what users feel.',
  },
  {
    metric: 'AWS/RDS ReadLatency',
    because: 'The data fit into memory; a slow read shows in the p99 of the queries.',
  },
  {
    metric: 'AWS/RDS EBSByteBalance%',
    because: 'Writes that are slow for want of balance raise database-writes-slow.',
  },
  { metric: 'AWS/RDS EBSIOBalance%', because: 'As EBSByteBalance%.' },
  { metric: 'AWS/RDS FreeLocalStorage', because: 'Aurora only.' },
  {
    metric: 'AWS/RDS ReplicaLag',
    because: 'There is no read replica; the standby of Multi-AZ is synchronous.',
  },
  { metric: 'AWS/ECS CPUReservation', because: 'Clusters on EC2 only.' },
  { metric: 'AWS/ECS MemoryReservation', because: 'Clusters on EC2 only.' },
  { metric: 'AWS/ECS EBSFilesystemUtilization', because: 'No volume is attached to the tasks.' },
  {
    metric: 'AWS/ECS HTTPCode_Target_5XX_Count',
    because: 'Service Connect only; requests-failing looks at the load balancer.',
  },
  {
    metric: 'AWS/ECS TargetResponseTime',
    because: 'Service Connect only; responses-slow looks at the load balancer.',
  },
  {
    metric: 'ECS/ContainerInsights RunningTaskCount',
    because: 'healthy-targets-low counts the tasks that run and also answer.',
  },
  {
    metric: 'ECS/ContainerInsights EphemeralStorageUtilized',
    because: 'The root file system of the tasks is read-only; nothing grows.',
  },
  {
    metric: 'ECS/ContainerInsights TaskCpuUtilization',
    because: 'service-cpu-high tells of the tasks together; a single busy one shows in responses-slow.',
  },
  { metric: 'ECS/ContainerInsights ContainerCpuUtilization', because: 'As TaskCpuUtilization.' },
  {
    metric: 'ECS/ContainerInsights TaskMemoryUtilization',
    because: 'service-memory-high tells of the tasks together; one that runs out ends and is replaced.',
  },
  { metric: 'ECS/ContainerInsights ContainerMemoryUtilization', because: 'As TaskMemoryUtilization.' },
  {
    metric: 'ECS/ContainerInsights TaskEphemeralStorageUtilization',
    because: 'As EphemeralStorageUtilized.',
  },
  {
    metric: 'AWS/ElastiCache CPUUtilization',
    because: 'A busy Redis costs users nothing until it is slow, and then redis-down says so.',
  },
  { metric: 'AWS/ElastiCache EngineCPUUtilization', because: 'As CPUUtilization.' },
  {
    metric: 'AWS/ElastiCache CurrConnections',
    because:
      'There is no baseline that would not be a guess; redis-down tells when no client gets in: MAX_CLIENTS, or with TLS, where Redis says nothing, CONNECTION_RESET that names it first.',
  },
  {
    metric: 'AWS/ElastiCache ReplicationLag',
    because: 'Nothing reads replicas, and what a failover loses is sent again from PostgreSQL.',
  },
  {
    metric: 'AWS/SQS ApproximateAgeOfOldestMessage',
    because: 'The consumers of that queue are not ours; theirs is the objective.',
  },
  { metric: 'AWS/SQS ApproximateNumberOfMessagesNotVisible', because: 'As ApproximateAgeOfOldestMessage.' },
  { metric: 'AWS/SQS ApproximateNumberOfMessagesVisible', because: 'As ApproximateAgeOfOldestMessage.' },
  { metric: 'AWS/SQS NumberOfMessagesSent', because: 'AWS itself advises against it for quiet queues.' },
  {
    metric: 'AWS/SNS NumberOfNotificationsDelivered',
    because: 'Alarms are rare; none delivered is the good case.',
  },
  { metric: 'AWS/SNS NumberOfMessagesPublished', because: 'As NumberOfNotificationsDelivered.' },
  {
    metric: 'AWS/SNS NumberOfNotificationsFilteredOut-InvalidMessageBody',
    because: 'No subscription has a filter.',
  },
  {
    metric: 'AWS/SNS NumberOfNotificationsFailedToRedriveToDlq',
    because: 'No subscription has a queue of its own; what the notifier fails to take is delivered raw.',
  },
  {
    metric: 'AWS/SNS NumberOfNotificationsFilteredOut-InvalidAttributes',
    because: 'No subscription has a filter.',
  },
  {
    metric: 'AWS/SNS NumberOfNotificationsRedrivenToDlq',
    because: 'A notifier that fails is told by notifier-failing, and its message is delivered raw.',
  },
  {
    metric: 'AWS/Lambda Errors',
    because:
      'A failing probe publishes nothing: its silence alarm says so, also when it is not even started. The notifier and the recorder of changes, which have no schedule, and the network-path probe, which publishes nothing of its own, have this one.',
  },
  { metric: 'AWS/Lambda Throttles', because: 'A throttled probe publishes nothing, as above.' },
  {
    metric: 'AWS/Lambda ConcurrentExecutions',
    because: 'It is the account, not this system; what it does to the probes is silence.',
  },
  { metric: 'AWS/Lambda ClaimedAccountConcurrency', because: 'As ConcurrentExecutions.' },
  {
    metric: 'AWS/Events FailedInvocations',
    because:
      'A schedule that does not start its probe is silence, which is told. A rule that cannot call the recorder of changes tries for six hours, and the trail keeps what it could not bring.',
  },
  {
    metric: 'AWS/NATGateway ErrorPortAllocation',
    because: 'What it breaks are the connections to auth and MLflow, which the probe makes every minute.',
  },
  { metric: 'AWS/NATGateway PacketsDropCount', because: 'As ErrorPortAllocation.' },
  {
    metric: 'AWS/CertificateManager DaysToExpiry',
    because:
      'ACM renews the certificate of the load balancer by itself and says so by mail; what clients are shown is looked at by the probes.',
  },
];
