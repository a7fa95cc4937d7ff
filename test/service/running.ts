import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { migrate } from '../../service/migration/migrate.ts';
import { type RunningService, type StartOptions, startService } from '../../service/start.ts';
import { type AcceptedKeys, startAuth, startMlflow } from '../../twin/servers/index.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import { type FaultProxy, startFaultProxy } from '../fixtures/fault-proxy.ts';
import { type Check, serviceCheck } from './openapi-check.ts';
import { captureLog, goodSettings } from './settings.ts';

/** The servers that a service depends on, each behind a proxy that can fail. */
export interface Surroundings {
  server: PostgresServer;
  postgres: FaultProxy;
  mlflow: FaultProxy;
  auth: FaultProxy;
  /** Settings that lead to them, with short limits. */
  env: Record<string, string>;
  dispose(): Promise<void>;
}

const portOf = (url: string): number => Number(new URL(url).port);

/** `keys` are those that the auth service accepts. */
export const startSurroundings = async (keys: AcceptedKeys = []): Promise<Surroundings> => {
  // A name that stands nowhere else, so that a test can look for it.
  const server = await startPostgres({ superuser: { name: 'app_owner', password: 'hunter2-hunter2' } });
  const { host, port, superuser } = server;
  const login = { host, port, user: superuser.name, password: superuser.password };
  const withClient = async (database: string, work: (client: pg.Client) => Promise<unknown>) => {
    const client = new pg.Client({ ...login, database });
    await client.connect();
    await work(client).finally(() => client.end());
  };
  await withClient('postgres', (client) => client.query('CREATE DATABASE app'));
  await withClient('app', (client) => migrate(client));
  const [mlflowServer, authServer] = await Promise.all([startMlflow(), startAuth(keys)]);
  const [postgres, mlflow, auth] = await Promise.all([
    startFaultProxy(server.port),
    startFaultProxy(portOf(mlflowServer.url)),
    startFaultProxy(portOf(authServer.url)),
  ]);
  return {
    server,
    postgres,
    mlflow,
    auth,
    env: {
      DATABASE_HOST: '127.0.0.1',
      DATABASE_PORT: String(postgres.port),
      DATABASE_NAME: 'app',
      DATABASE_USER: superuser.name,
      DATABASE_PASSWORD: superuser.password,
      DATABASE_SSL_MODE: 'disable',
      MLFLOW_TRACKING_URI: `http://127.0.0.1:${mlflow.port}`,
      AUTH_SERVICE_URL: `http://127.0.0.1:${auth.port}`,
      HEALTH_CHECK_INTERVAL: '0.5',
      HEALTH_CHECK_TIMEOUT: '2',
      HEALTH_QUERY_TIMEOUT: '1',
    },
    dispose: async () => {
      await Promise.all([postgres.dispose(), mlflow.dispose(), auth.dispose()]);
      await Promise.all([server.dispose(), mlflowServer.close(), authServer.close()]);
    },
  };
};

export interface Api extends RunningService {
  log: ReturnType<typeof captureLog>;
  base: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
  /** Asks until the answer is as wanted; fails with the last one after `patienceMs`. */
  until(
    path: string,
    wanted: (answer: Answer) => boolean,
    patienceMs?: number,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
  body: any;
  headers: Headers;
  ms: number;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/**
 * By the client of Node itself: tracing changes the headers of `fetch` in the process that it runs in. Fails when
 * the answer, or a request that was accepted, is not as the OpenAPI document says.
 */
const exchange = (
  { base, check }: { base: string; check: (exchanged: Parameters<Check>[0]) => void },
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const outgoing = request(
      `${base}${path}`,
      { method, headers: { ...headers }, agent: false },
      async (incoming) => {
        try {
          const received = await text(incoming);
          const ms = performance.now() - begun;
          const status = incoming.statusCode ?? 0;
          const answered = new Headers(incoming.headers as Record<string, string>);
          check({ method, path, sent: { headers, body }, status, headers: answered, body: received });
          resolve({ status, body: parsed(received), headers: answered, ms });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

/** `undocumented` matches the paths of routes that a test adds. */
export const startApi = async (
  env: Record<string, string>,
  { undocumented, ...options }: StartOptions & { undocumented?: RegExp } = {},
): Promise<Api> => {
  const check = await serviceCheck();
  const log = captureLog();
  const outcome = await startService({ ...(await goodSettings()), ...env }, { log, ...options });
  if (!outcome.ok) throw new Error(outcome.message);
  const { service } = outcome;
  const base = `http://127.0.0.1:${service.port}`;
  const to = { base, check: (exchanged: Parameters<Check>[0]) => check(exchanged, undocumented) };
  const get: Api['get'] = (path, headers = {}) => exchange(to, 'GET', path, headers);
  return {
    ...service,
    log,
    base,
    get,
    post: (path, headers = {}, body) => exchange(to, 'POST', path, headers, body),
    until: async (path, wanted, patienceMs = 15_000, headers = {}) => {
      const end = performance.now() + patienceMs;
      for (;;) {
        const answer = await get(path, headers);
        if (wanted(answer)) return answer;
        if (performance.now() > end)
          throw new Error(`${path} still answers ${answer.status} ${JSON.stringify(answer.body)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
};
