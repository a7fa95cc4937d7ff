import { freePort } from '../../twin/servers/free-port.ts';

/** Settings with which the service starts, on a port that is free, with nothing to wait for when it stops. */
export const goodSettings = async (): Promise<Record<string, string>> => ({
  ENVIRONMENT: 'development',
  API_HOST: '127.0.0.1',
  API_PORT: String(await freePort()),
  SHUTDOWN_DELAY: '0',
  // Nothing listens on these ports: every dependency is refused at once.
  DATABASE_HOST: '127.0.0.1',
  DATABASE_PORT: '9',
  DATABASE_NAME: 'mlflow_db',
  DATABASE_USER: 'app',
  DATABASE_PASSWORD: 'hunter2-hunter2',
  MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
  AUTH_SERVICE_URL: 'http://127.0.0.1:9',
});

/** Collects log lines. */
export const captureLog = () => {
  const lines: string[] = [];
  return {
    write: (line: string) => lines.push(line),
    text: () => lines.join(''),
    entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
};
