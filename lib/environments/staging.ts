import type { Environment } from './environment.ts';

/** Production's shape in small, without any way to the internet: AWS APIs through endpoints, auth inside the VPC. */
export const staging: Environment = {
  project: 'hokusai',
  name: 'staging',
  region: 'us-east-1',
  network: { cidr: '10.20.0.0/16', zones: ['us-east-1a', 'us-east-1b'], egress: 'endpoints' },
  database: {
    name: 'mlflow_db',
    user: 'mlflow',
    masterUser: 'breakwater_master',
    instanceClass: 'db.t4g.medium',
    storage: { initial: 20, limit: 200 },
    multiAz: true,
    deletionProtection: true,
    backupDays: 7,
  },
  cache: { enabled: true, nodeType: 'cache.t4g.small', nodes: 2 },
  service: {
    cpu: 512,
    memoryMiB: 1024,
    minTasks: 2,
    maxTasks: 4,
    tracing: true,
    deletionProtection: true,
  },
  upstreams: {
    mlflow: 'http://mlflow.hokusai-staging.local:5000',
    auth: 'http://auth.hokusai-staging.local:8000',
  },
  settings: { MESSAGE_QUEUE_TYPE: 'redis', MESSAGE_QUEUE_NAME: 'hokusai:model_ready_queue' },
  alerts: { page: [], ticket: [] },
  logDays: 30,
};
