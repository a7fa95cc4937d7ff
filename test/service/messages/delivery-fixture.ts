/** The service, a real Redis behind it, and a consumer that knows nothing but section 5.2 of the contract. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { keepProcess, releaseProcess } from '../../../twin/keeper.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { type Entry, type Lists, openLists } from '../../load/messages/consumer/lists.ts';
import { type Registering, startRegistering, writer } from '../registration/registration-fixture.ts';
import { goodSettings } from '../settings.ts';

export const redisServer = findRedis();
export const queue = 'hokusai:model_ready_queue';

export interface Delivery {
  at: Registering;
  redis: RedisProcess;
  /** Settings of the service, with which another process of it and the commands run. */
  env: Record<string, string>;
  /** Entries of these lists: the queue itself, `:processing` and so on. */
  entries(...lists: ('' | ':processing' | ':dlq' | ':unparsable')[]): Promise<number>;
  /** A consumer with a connection of its own; ended with the rest. */
  consumer(): Promise<Lists>;
  /** Another task of the service, in a process of its own; it serves when this resolves. */
  task(more?: Record<string, string>): Promise<Task>;
  /** Runs `npm run messages`. Gives what it printed; fails when it does. */
  messages(...args: string[]): Promise<string>;
  dispose(): Promise<void>;
}

export interface Task {
  /** Announces an event; gives the status of the answer, or undefined when there was none. */
  announce(event: object): Promise<number | undefined>;
  /** SIGTERM; gives the exit status. */
  end(): Promise<number | null>;
}

const program = (name: string): string => fileURLToPath(new URL(`../../../bin/${name}.ts`, import.meta.url));

export const until = async (wanted: () => Promise<boolean>, what: string): Promise<void> => {
  for (const end = performance.now() + 30_000; !(await wanted()); )
    if (performance.now() > end) throw new Error(`${what} did not come`);
    else await new Promise((resolve) => setTimeout(resolve, 20));
};

export const runOf = ({ payload }: Entry): unknown => payload.mlflow_run_id;

/** The next message; fails when none comes. */
export const receive = async (lists: Lists): Promise<Entry> => {
  for (const end = performance.now() + 30_000; performance.now() < end; ) {
    const entry = await lists.take();
    if (entry) return entry;
  }
  throw new Error('the consumer got nothing');
};

const ask = (url: string, method: string, headers: Record<string, string>, body?: string) =>
  new Promise<number | undefined>((resolve) => {
    const asked = request(url, { method, headers, agent: false }, (answer) => {
      answer.resume().once('close', () => resolve(answer.complete ? answer.statusCode : undefined));
    });
    asked.once('error', () => resolve(undefined)).end(body);
  });

const startTask = async (env: Record<string, string>): Promise<Task> => {
  const child = spawn(process.execPath, [program('service')], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: 'ignore',
  });
  const pid = child.pid ?? 0;
  keepProcess(pid, 'SIGKILL');
  const ended = once(child, 'exit').finally(() => releaseProcess(pid));
  const url = `http://127.0.0.1:${env.API_PORT}`;
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error(`the service has ended with status ${child.exitCode}`);
    return (await ask(`${url}/ready`, 'GET', {})) === 200;
  };
  await until(isReady, 'a service that is ready');
  return {
    announce: (event) =>
      ask(`${url}/api/models/tokenized-registration-events`, 'POST', writer, JSON.stringify(event)),
    end: async () => {
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
};

export const startDelivery = async (more: Record<string, string> = {}): Promise<Delivery> => {
  const redis = await startRedisProcess(redisServer ?? '');
  const own = {
    REDIS_ENABLED: 'true',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis.port),
    REDIS_TLS_ENABLED: 'false',
    REDIS_CB_RECOVERY_TIMEOUT: '1',
    POSTGRES_CB_RECOVERY_TIMEOUT: '1',
    MESSAGE_QUEUE_TYPE: 'redis',
    MESSAGE_QUEUE_NAME: queue,
    MESSAGE_RECLAIM_TIMEOUT: '2',
  };
  const at = await startRegistering({ ...own, ...more });
  const env = {
    ...at.around.env,
    MLFLOW_TRACKING_URI: at.registry.server.url,
    AUTH_SERVICE_URL: at.auth.url,
    ...own,
  };
  const consumers: Lists[] = [];
  const tasks: Task[] = [];
  return {
    at,
    redis,
    env,
    entries: async (...lists) => {
      const lengths = lists.map(async (list) => Number(await redis.command('LLEN', `${queue}${list}`)));
      return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0);
    },
    consumer: async () => {
      const lists = await openLists(redis.port, queue);
      consumers.push(lists);
      return lists;
    },
    task: async (different = {}) => {
      const task = await startTask({ ...(await goodSettings()), ...env, ...different });
      tasks.push(task);
      return task;
    },
    messages: async (...args) => {
      const child = spawn(process.execPath, [program('messages'), ...args], {
        env: { PATH: process.env.PATH ?? '', ENVIRONMENT: 'development', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, error, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      if (code !== 0) throw new Error(`messages ${args.join(' ')} ended with ${code}: ${error}${out}`);
      return out;
    },
    dispose: async () => {
      for (const lists of consumers) lists.close();
      await Promise.all(tasks.map(({ end }) => end()));
      await at.dispose();
      redis.dispose();
    },
  };
};
