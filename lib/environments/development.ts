import type { Environment } from './environment.ts';

/** The smallest that still has every part: one NAT gateway, one database node, no Redis. */
export const development: Environment = {
  project: 'hokusai',
  name: 'development',
  region: 'us-east-1',
  network: { cidr: '10.10.0.0/16', zones: ['us-east-1a', 'us-east-1b'], egress: 'nat-shared' },
  database: {
    name: 'mlflow_db',
    user: 'mlflow',
    masterUser: 'breakwater_master',
    instanceClass: 'db.t4g.small',
    storage: { initial: 20, limit: 100 },
    multiAz: false,
    deletionProtection: false,
    backupDays: 7,
  },
  cache: { enabled: false, nodeType: 'cache.t4g.small', nodes: 2 },
  service: {
    cpu: 512,
    memoryMiB: 1024,
    minTasks: 1,
    maxTasks: 2,
    tracing: true,
    deletionProtection: false,
  },
  upstreams: { mlflow: 'http://mlflow.hokusai-development.local:5000', auth: 'https://auth.hokus.ai' },
  settings: {
    MESSAGE_QUEUE_TYPE: 'sqs',
    // Where Redis is turned on, as on a laptop.
    MESSAGE_QUEUE_NAME: 'hokusai:model_ready_queue',
    LOG_LEVEL: 'debug',
    // A minute of the laptop's twin lasts 5 s; each must have a value.
    METRICS_INTERVAL: 2,
    // One task, and nobody who would miss it: stopping must not take longer than starting.
    SHUTDOWN_DELAY: 1,
  },
  alerts: { page: [], ticket: [] },
  logDays: 30,
};
