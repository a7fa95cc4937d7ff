import { connectionsFull } from './connections-full.ts';
import { databaseName } from './database-name.ts';
import { databaseHang, databaseLogin, databaseReadOnly, databaseRenamed } from './database-process.ts';
import { databaseStop } from './database-stop.ts';
import type { FaultDefinition } from './fault.ts';
import { consumerStop, deadLetter } from './messages.ts';
import { networkAcl } from './network-acl.ts';
import { notifierForbidden } from './notifier.ts';
import { password } from './password.ts';
import { redisFull, redisHang, redisPassword, redisPlaintext, redisStop } from './redis.ts';
import { resourceFault } from './resource.ts';
import { scheduleOff } from './schedule.ts';
import { securityGroup } from './security-group.ts';
import { serviceStop, taskDefinition } from './service.ts';
import { poolExhausted, tableLocked } from './table-locked.ts';
import {
  authCertificateExpired,
  authCertificateExpiring,
  certificateExpired,
  certificateExpiring,
  tls,
} from './tls.ts';
import { together } from './together.ts';
import { upstreamFault } from './upstream.ts';

export type { FaultDefinition, FaultTarget, Lift, Login, Part } from './fault.ts';
export { createStandingFaults, type StandingFaults } from './standing.ts';

const gib = 1024 ** 3;

const rds = (name: string, value: number) => ({ namespace: 'AWS/RDS', name, value });

/** Each alone, by the name that `--break` takes. */
const single = {
  'auth-403': upstreamFault('auth', '403'),
  'auth-502': upstreamFault('auth', '502'),
  'auth-certificate': authCertificateExpiring,
  'auth-certificate-expired': authCertificateExpired,
  'auth-hang': upstreamFault('auth', 'hang'),
  'auth-slow': upstreamFault('auth', 'slow'),
  'auth-stop': upstreamFault('auth', 'stop'),
  'capacity-probe-schedule': scheduleOff('capacity-probe-silent'),
  'certificate-expired': certificateExpired,
  'certificate-expiring': certificateExpiring,
  'change-recorder-errors': resourceFault(
    'change-recorder-failing',
    'a run of the recorder of changes fails.',
    {
      ...{ namespace: 'AWS/Lambda', name: 'Errors', value: 1 },
      dimensions: { FunctionName: 'hokusai-development-change-recorder' },
    },
  ),
  'connections-full': connectionsFull,
  'connectivity-probe-duration': resourceFault(
    'connectivity-probe-slow',
    'the runs of the connectivity probe take 27 s.',
    { namespace: 'AWS/Lambda', name: 'Duration', value: 27_000 },
  ),
  'connectivity-probe-schedule': scheduleOff('connectivity-probe-silent'),
  'consumer-stop': consumerStop,
  'database-connect': resourceFault('postgres-connect-slow', 'connecting to the database takes 3.5 s.', {
    ...{ namespace: 'Breakwater', name: 'ConnectDurationMs', value: 3_500 },
  }),
  'database-connections': resourceFault(
    'database-connections-high',
    'RDS counts 5,000 connections.',
    rds('DatabaseConnections', 5_000),
  ),
  'database-cpu': resourceFault(
    'database-cpu-high',
    'the processor of the database is used to 97 %.',
    rds('CPUUtilization', 97),
  ),
  'database-hang': databaseHang,
  'database-login': databaseLogin,
  'database-memory': resourceFault(
    'database-memory-low',
    'the database has 64 MiB of memory left.',
    rds('FreeableMemory', gib / 16),
  ),
  'database-name': databaseName,
  'database-name-probe-schedule': scheduleOff('database-name-probe-silent'),
  'database-read-only': databaseReadOnly,
  'database-renamed': databaseRenamed,
  'database-stop': databaseStop,
  'database-storage': resourceFault(
    'database-storage-low',
    'the database has 512 MiB of storage left.',
    rds('FreeStorageSpace', gib / 2),
  ),
  'database-transaction-ids': resourceFault(
    'database-transaction-ids',
    '1.5 thousand million transaction ids are in use.',
    rds('MaximumUsedTransactionIDs', 1_500_000_000),
  ),
  'database-writes': resourceFault('database-writes-slow', 'a write takes 80 ms.', rds('WriteLatency', 0.08)),
  'dead-letter': deadLetter,
  'mlflow-403': upstreamFault('mlflow', '403'),
  'mlflow-502': upstreamFault('mlflow', '502'),
  'mlflow-flaky': upstreamFault('mlflow', 'flaky'),
  'mlflow-hang': upstreamFault('mlflow', 'hang'),
  'mlflow-late': upstreamFault('mlflow', 'late'),
  'mlflow-slow': upstreamFault('mlflow', 'slow'),
  'mlflow-stop': upstreamFault('mlflow', 'stop'),
  'network-acl': networkAcl,
  'network-path-probe-schedule': scheduleOff('network-path-probe-silent'),
  'page-topic': resourceFault('page-topic-failing', 'SNS could not deliver a page.', {
    ...{ namespace: 'AWS/SNS', name: 'NumberOfNotificationsFailed', value: 1 },
    dimensions: { TopicName: 'hokusai-development-page-delivery' },
  }),
  password,
  'pool-exhausted': poolExhausted,
  'redis-full': redisFull,
  'redis-hang': redisHang,
  'redis-password': redisPassword,
  'redis-plaintext': redisPlaintext,
  'redis-stop': redisStop,
  'requests-rejected': resourceFault(
    'requests-rejected',
    'the load balancer refuses 3 connections a minute.',
    {
      namespace: 'AWS/ApplicationELB',
      name: 'RejectedConnectionCount',
      value: 3,
    },
  ),
  'security-group': securityGroup,
  'service-stop': serviceStop,
  'table-locked': tableLocked,
  'task-cpu': resourceFault('service-cpu-high', 'the tasks use 95 % of their processors.', {
    ...{ namespace: 'AWS/ECS', name: 'CPUUtilization', value: 95 },
  }),
  'task-definition': taskDefinition,
  'task-memory': resourceFault('service-memory-high', 'the tasks use 93 % of their memory.', {
    ...{ namespace: 'AWS/ECS', name: 'MemoryUtilization', value: 93 },
  }),
  'ticket-topic': resourceFault('ticket-topic-failing', 'SNS could not deliver a ticket.', {
    ...{ namespace: 'AWS/SNS', name: 'NumberOfNotificationsFailed', value: 1 },
    dimensions: { TopicName: 'hokusai-development-ticket-delivery' },
  }),
  tls,
} as const satisfies Record<string, FaultDefinition>;

/** Every fault that can be injected, by the name that `--break` takes: single ones, and pairs that hide each other. */
export const faults = {
  ...single,
  'database-stop-and-password': together(single['database-stop'], single.password),
  'mlflow-stop-and-auth-stop': together(single['mlflow-stop'], single['auth-stop']),
  // It runs only when an alarm changes.
  'notifier-crash': together(notifierForbidden, single['dead-letter']),
  'redis-stop-and-database-stop': together(single['database-stop'], single['redis-stop']),
  'tls-and-password': together(single.tls, single.password),
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults).sort() as FaultName[];

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faults, name);
