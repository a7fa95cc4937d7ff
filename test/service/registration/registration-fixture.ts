import pg from 'pg';
import { type HttpServer, sendJson, startHttpServer } from '../../fixtures/http-server.ts';
import { judgeKey } from '../gateway/gateway-fixture.ts';
import { type Answer, type Api, type Surroundings, startApi, startSurroundings } from '../running.ts';

/** MLflow's registry as far as registrations ask it; the real one takes part in test/mlflow. */
export interface Registry {
  server: HttpServer;
  /** Versions that were created, with their tags. */
  versions: { name: string; version: string; tags: Record<string, string>; source: string }[];
  /** Runs and their metrics. */
  runs: Record<string, Record<string, number>>;
  /** Takes the place of the answer to creating a version. */
  onCreate: ((create: () => object) => unknown) | undefined;
}

type Fields = Record<string, unknown>;

const missing = { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'not found' };

export const startRegistry = async (): Promise<Registry> => {
  const names = new Set<string>();
  const registry: Registry = { server: undefined as never, versions: [], runs: {}, onCreate: undefined };
  const create = (input: Fields): object => {
    const name = String(input.name);
    const version = String(registry.versions.filter((one) => one.name === name).length + 1);
    const tags = Object.fromEntries(
      ((input.tags ?? []) as { key: string; value: string }[]).map(({ key, value }) => [key, value]),
    );
    registry.versions.push({ name, version, tags, source: String(input.source) });
    return { model_version: { name, version } };
  };
  registry.server = await startHttpServer(
    async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      const body = registry.server.received.at(-1)?.body.toString() || '{}';
      const input = JSON.parse(body) as Fields;
      const path = pathname.replace('/api/2.0/mlflow/', '');
      if (path === 'registered-models/create') {
        const name = String(input.name);
        if (names.has(name)) return sendJson(response, 400, { error_code: 'RESOURCE_ALREADY_EXISTS' });
        names.add(name);
        return sendJson(response, 200, { registered_model: { name } });
      }
      if (path === 'model-versions/create') {
        const made = registry.onCreate ? await registry.onCreate(() => create(input)) : create(input);
        return made ? sendJson(response, 200, made) : response.destroy();
      }
      if (path === 'model-versions/get') {
        const wanted = registry.versions.find(
          ({ name, version }) => name === searchParams.get('name') && version === searchParams.get('version'),
        );
        return wanted ? sendJson(response, 200, { model_version: wanted }) : sendJson(response, 404, missing);
      }
      if (path === 'model-versions/search') {
        const [, name, id] =
          /^name='(.*)' AND tags\.`breakwater\.registration`='(.*)'$/.exec(
            searchParams.get('filter') ?? '',
          ) ?? [];
        const model_versions = registry.versions.filter(
          (one) => one.name === name && one.tags['breakwater.registration'] === id,
        );
        return sendJson(response, 200, { model_versions });
      }
      if (path === 'runs/get') {
        const metrics = registry.runs[searchParams.get('run_id') ?? ''];
        if (!metrics) return sendJson(response, 404, missing);
        const list = Object.entries(metrics).map(([key, value]) => ({ key, value }));
        return sendJson(response, 200, { run: { data: { metrics: list } } });
      }
      return sendJson(response, 404, missing);
    },
    { aside: ({ headers }) => headers['user-agent'] === 'breakwater-probe' },
  );
  return registry;
};

/** The service with a real PostgreSQL, and servers whose answers a test decides. */
export interface Registering {
  around: Surroundings;
  api: Api;
  registry: Registry;
  auth: HttpServer;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  register(body: object, headers?: Record<string, string>): Promise<Answer>;
  announce(body: object, headers?: Record<string, string>): Promise<Answer>;
  restart(env?: Record<string, string>): Promise<void>;
  dispose(): Promise<void>;
}

export const writer = { authorization: 'Bearer hk_writer', 'content-type': 'application/json' };

export const startRegistering = async (env: Record<string, string> = {}): Promise<Registering> => {
  const [around, registry, auth] = await Promise.all([
    startSurroundings(),
    startRegistry(),
    startHttpServer(judgeKey, { aside: ({ headers }) => headers['user-agent'] === 'breakwater-probe' }),
  ]);
  const all = {
    ...around.env,
    MLFLOW_TRACKING_URI: registry.server.url,
    AUTH_SERVICE_URL: auth.url,
    MLFLOW_PROXY_TIMEOUT: '1',
    ...env,
  };
  const start = async (more: Record<string, string> = {}) => {
    const api = await startApi({ ...all, ...more });
    await api.until('/ready', ({ status }) => status === 200);
    return api;
  };
  const { host, port, superuser } = around.server;
  const pool = new pg.Pool({
    host,
    port,
    user: superuser.name,
    password: superuser.password,
    database: 'app',
    max: 2,
  });
  const registering: Registering = {
    around,
    registry,
    auth,
    api: await start(),
    sql: async (text, values) => (await pool.query(text, values)).rows,
    register: (body, headers) =>
      registering.api.post('/api/models/register', { ...writer, ...headers }, JSON.stringify(body)),
    announce: (body, headers) =>
      registering.api.post(
        '/api/models/tokenized-registration-events',
        { ...writer, ...headers },
        JSON.stringify(body),
      ),
    restart: async (more) => {
      await registering.api.stop('restart');
      registering.api = await start(more);
    },
    dispose: async () => {
      await registering.api.stop('end of the tests');
      await pool.end();
      await Promise.all([registry.server.close(), auth.close(), around.dispose()]);
    },
  };
  return registering;
};

/** A whole event. */
export const anEvent = (name: string, more: object = {}) => ({
  model_name: name,
  version: '3',
  token_id: 'HOK-1',
  proposal_identifier: 'proposal-7',
  metric_name: 'accuracy',
  mlflow_run_id: 'run-1',
  baseline_value: 0.8,
  current_value: 0.85,
  tags: { team: 'a' },
  ...more,
});
