export { addCollector, collectorEndpoint } from './collector.ts';
export { runtimePlatform, serviceImage } from './image.ts';
export { LoadBalancer, type LoadBalancerProps } from './load-balancer.ts';
export { taskLogging } from './logging.ts';
export { Migration, type MigrationProps } from './migration.ts';
export { discoveryName, Service, type ServiceProps } from './service.ts';
export { Task, type TaskProps, type TaskSecrets } from './task.ts';
