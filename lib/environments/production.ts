import type { Environment } from './environment.ts';

/** Three zones, each with its own NAT gateway; everything that holds data is doubled and protected. */
export const production: Environment = {
  project: 'hokusai',
  name: 'production',
  region: 'us-east-1',
  network: {
    cidr: '10.30.0.0/16',
    zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    egress: 'nat-per-zone',
  },
  database: {
    name: 'mlflow_db',
    user: 'mlflow',
    masterUser: 'breakwater_master',
    instanceClass: 'db.m7g.large',
    storage: { initial: 100, limit: 500 },
    multiAz: true,
    deletionProtection: true,
    backupDays: 30,
  },
  cache: { enabled: true, nodeType: 'cache.m7g.large', nodes: 3 },
  service: {
    cpu: 1024,
    memoryMiB: 2048,
    minTasks: 3,
    maxTasks: 12,
    certificate: { parameter: '/hokusai/production/certificate-arn' },
    tracing: true,
    deletionProtection: true,
  },
  upstreams: { mlflow: 'http://mlflow.hokusai-production.local:5000', auth: 'https://auth.hokus.ai' },
  settings: { MESSAGE_QUEUE_TYPE: 'redis', MESSAGE_QUEUE_NAME: 'hokusai:model_ready_queue' },
  alerts: { page: [], ticket: [] },
  logDays: 365,
};
