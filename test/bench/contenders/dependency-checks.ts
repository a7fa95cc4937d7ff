/** What a health check of a service like this one asks, as one writes it with the driver and `fetch`. */
import pg from 'pg';

const { env } = process;

/** Its defaults, and the listener without which a broken idle connection ends the process. */
export const pool = new pg.Pool({
  host: env.DATABASE_HOST ?? '',
  port: Number(env.DATABASE_PORT),
  database: env.DATABASE_NAME ?? '',
  user: env.DATABASE_USER ?? '',
  password: env.DATABASE_PASSWORD ?? '',
});
pool.on('error', () => undefined);

export const askPostgres = async (): Promise<void> => void (await pool.query('SELECT 1'));

const post = async (url: string, body: object, headers: Record<string, string>, signal?: AbortSignal) => {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    ...(signal ? { signal } : {}),
  });
  await response.text();
  return response.status;
};

export const askMlflow = async (signal?: AbortSignal): Promise<void> => {
  const url = `${env.MLFLOW_TRACKING_URI}/api/2.0/mlflow/experiments/search`;
  const status = await post(url, { max_results: 1 }, {}, signal);
  if (status !== 200) throw new Error(`MLflow answers ${status}`);
};

/** No key is known here: an auth service that is up answers 401. */
export const askAuth = async (signal?: AbortSignal): Promise<void> => {
  const url = `${env.AUTH_SERVICE_URL}/api/v1/keys/validate`;
  const headers = { authorization: 'Bearer unknown' };
  const status = await post(url, { service_id: 'platform' }, headers, signal);
  if (status !== 200 && status !== 401) throw new Error(`auth answers ${status}`);
};
