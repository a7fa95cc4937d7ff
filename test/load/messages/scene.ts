/** Everything that takes part: real servers, two processes of the service with a relay each, a consumer. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { keepDirectory, releaseDirectory } from '../../../twin/keeper.ts';
import { findRedis, freePort, startAuth, startMlflow } from '../../../twin/servers/index.ts';
import type { Cleanups } from '../../../twin/stopping.ts';
import { migratedDatabase } from '../../fixtures/migrated-database.ts';
import { tables } from './consumer/work.ts';
import type { Victim } from './plan.ts';
import { startDurablePostgres } from './postgres.ts';
import { startProgram } from './program.ts';
import { askRedis } from './redis-ask.ts';
import type { Running } from './victim.ts';

export interface Scene {
  victims: Readonly<Record<Victim, Running>>;
  /** Where events are published; a client asks one after the other. */
  services: readonly string[];
  apiKey: string;
  databaseUrl: string;
  redisPort: number;
  queue: string;
}

/** Nothing could be tried. */
export class NoScene extends Error {}

const noLogs = (error: Error): never => {
  throw new NoScene(
    `--logs names no directory that can be made: ${error.message}; write the path of one, or leave --logs out`,
  );
};

const queue = 'hokusai:model_ready_queue';
const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Short, so that a run of some minutes sees the end of many leases. */
const limits = {
  SHUTDOWN_DELAY: '0',
  SHUTDOWN_TIMEOUT: '3',
  HEALTH_CHECK_INTERVAL: '1',
  POSTGRES_CB_RECOVERY_TIMEOUT: '1',
  REDIS_CB_RECOVERY_TIMEOUT: '1',
  AUTH_CB_RECOVERY_TIMEOUT: '1',
  MESSAGE_LEASE: '3',
  MESSAGE_RECLAIM_TIMEOUT: '2',
};

/** What is started is undone by `cleanups`, also when a later start fails. */
export const startScene = async (cleanups: Cleanups, logs: string | undefined): Promise<Scene> => {
  const redisServer = findRedis();
  if (redisServer === undefined)
    throw new NoScene('no redis-server is on the PATH; install one (Debian: apt-get install redis-server)');
  if (logs !== undefined) await mkdir(logs, { recursive: true }).catch(noLogs);
  const kept = <T extends { end(): Promise<void> }>(running: T): T => {
    cleanups.add(() => running.end());
    return running;
  };

  const postgres = kept(await startDurablePostgres());
  const { url: databaseUrl, env: database, login } = await migratedDatabase(postgres.server);
  const owner = new pg.Client(login);
  await owner.connect();
  await owner.query(tables).finally(() => owner.end());
  const apiKey = `hk_live_${randomBytes(18).toString('hex')}`;
  const [auth, mlflow] = await Promise.all([
    startAuth({ [apiKey]: { scopes: ['model:write'] } }),
    startMlflow(),
  ]);
  cleanups.add(async () => void (await Promise.all([auth.close(), mlflow.close()])));

  const directory = await mkdtemp(join(tmpdir(), 'breakwater-chaos-'));
  keepDirectory(directory);
  cleanups.add(async () => {
    await rm(directory, { recursive: true, force: true });
    releaseDirectory(directory);
  });
  const redisPort = await freePort();
  const redis = kept(
    startProgram({
      name: 'redis',
      // Nothing on disk: whoever kills it takes everything along.
      command: [
        redisServer,
        ...['--bind', '127.0.0.1', '--port', String(redisPort)],
        ...['--save', '', '--appendonly', 'no', '--dir', directory],
      ],
      env: {},
      logs,
      flush: () => askRedis(redisPort, 'FLUSHALL').catch(() => undefined),
    }),
  );

  const startService = async (name: string) => {
    const port = await freePort();
    const env = {
      ...database,
      ...limits,
      ENVIRONMENT: 'development',
      API_HOST: '127.0.0.1',
      API_PORT: String(port),
      MLFLOW_TRACKING_URI: mlflow.url,
      AUTH_SERVICE_URL: auth.url,
      REDIS_ENABLED: 'true',
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redisPort),
      REDIS_TLS_ENABLED: 'false',
      MESSAGE_QUEUE_TYPE: 'redis',
      MESSAGE_QUEUE_NAME: queue,
    };
    const command = [process.execPath, program('../../../bin/service.ts')] as const;
    return { running: kept(startProgram({ name, command, env, logs })), url: `http://127.0.0.1:${port}` };
  };
  const first = await startService('service 1');
  const second = await startService('service 2');
  const consumer = kept(
    startProgram({
      name: 'consumer',
      command: [process.execPath, program('consumer/main.ts')],
      env: { CHAOS_REDIS_PORT: String(redisPort), CHAOS_QUEUE: queue, CHAOS_DATABASE_URL: databaseUrl },
      logs,
    }),
  );
  return {
    victims: {
      'service 1': first.running,
      'service 2': second.running,
      redis,
      postgres,
      consumer,
    },
    services: [first.url, second.url],
    apiKey,
    databaseUrl,
    redisPort,
    queue,
  };
};
