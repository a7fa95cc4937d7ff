import type { IncomingMessage } from 'node:http';
import { type HttpServer, sendJson, startHttpServer } from '../../fixtures/http-server.ts';
import { type Api, startApi } from '../running.ts';

/** What the auth service says of each key; any other key is refused. */
export const people: Record<string, object> = {
  hk_admin: { user_id: 'u-1', key_id: 'k-1', email: 'ada@example.com', scopes: ['mlflow:admin', 'write'] },
  hk_writer: { user_id: 'u-2', key_id: 'k-2', email: 'wim@example.com', scopes: ['read', 'write'] },
  hk_reader: { user_id: 'u-3', key_id: 'k-3', scopes: ['read'] },
  hk_poor: { user_id: 'u-4', key_id: 'k-4', scopes: ['write'], has_sufficient_balance: false },
};

export const admin = { authorization: 'Bearer hk_admin' };

/** The service in front of servers whose answers a test decides. PostgreSQL is not there: the gateway needs none. */
export interface Gateway {
  api: Api;
  mlflow: HttpServer;
  auth: HttpServer;
  dispose(): Promise<void>;
}

export const judgeKey: HttpServer['answer'] = (request, response) => {
  const key = String(request.headers.authorization).replace('Bearer ', '');
  const person = people[key];
  if (person) sendJson(response, 200, person);
  else sendJson(response, 401, { detail: 'Invalid or expired API key' });
};

export const answerOk: HttpServer['answer'] = (_request, response) => sendJson(response, 200, { ok: true });

/** The monitors ask too. */
const byMonitor = ({ headers }: IncomingMessage): boolean => headers['user-agent'] === 'breakwater-probe';

export const startGateway = async (
  env: Record<string, string> = {},
  { early = false } = {},
): Promise<Gateway> => {
  const [mlflow, auth] = await Promise.all([
    startHttpServer(answerOk, { early, aside: byMonitor }),
    startHttpServer(judgeKey, { aside: byMonitor }),
  ]);
  const api = await startApi({
    MLFLOW_TRACKING_URI: mlflow.url,
    AUTH_SERVICE_URL: auth.url,
    ...env,
  });
  return {
    api,
    mlflow,
    auth,
    dispose: async () => {
      await api.stop('end of the tests');
      await Promise.all([mlflow.close(), auth.close()]);
    },
  };
};

/** What MLflow was asked. */
export const asked = ({ mlflow }: Gateway) => mlflow.received;
