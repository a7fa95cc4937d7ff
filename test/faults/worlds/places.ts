/** The check of each dependency, led to a place of the test's choice. */
import {
  budgetOf,
  type Check,
  checkAuth,
  checkMlflow,
  checkPostgres,
  checkRedis,
  createSecretReader,
  type Dependency,
} from '../../../core/checks/index.ts';
import {
  type Environment,
  type Resolved,
  readSettings,
  resolveAuth,
  resolveMlflow,
  resolvePostgres,
  resolveRedis,
} from '../../../core/settings/index.ts';

export interface Place {
  host?: string;
  port: number;
  tls?: boolean;
  /** The authority that PostgreSQL's client trusts; the others trust those of the process. */
  authority?: string;
  /** Limit of the connection, seconds. */
  seconds?: number;
  more?: Environment;
}

export const token = 'a-token-of-the-matrix';
const secrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 1_000 });
const wholeMs = 8_000;
const dnsTimeoutMs = 1_000;

const connectionOf = <T>(resolved: Resolved<T>): T => {
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
  return resolved.value;
};

/** Enough for a server on this machine, and short enough to wait for silence. */
const limit = ({ seconds = 1 }: Place): string => String(seconds);
const urlOf = ({ host = 'localhost', port, tls = false }: Place): string =>
  `${tls ? 'https' : 'http'}://${host}:${port}`;

export const checkAt: Record<Dependency, (place: Place) => Promise<Check>> = {
  postgres: async (place) => {
    const { host = 'localhost', port, tls = false, authority, more } = place;
    const settings = readSettings({
      DATABASE_HOST: host,
      DATABASE_PORT: String(port),
      DATABASE_NAME: 'mlflow_db',
      DATABASE_USER: 'mlflow',
      DATABASE_PASSWORD: token,
      DATABASE_SSL_MODE: tls ? 'verify-full' : 'disable',
      ...(authority ? { DATABASE_SSL_ROOT_CERT: authority } : {}),
      DATABASE_CONNECT_TIMEOUT: limit(place),
      ...more,
    });
    const target = connectionOf(resolvePostgres(settings));
    const options = { target, secrets, dnsTimeoutMs, queryTimeoutMs: 1_000 };
    return (await checkPostgres(options, budgetOf(wholeMs))).check;
  },
  redis: async (place) => {
    const { host = 'localhost', port, tls = false, more } = place;
    const settings = readSettings({
      REDIS_ENABLED: 'true',
      REDIS_HOST: host,
      REDIS_PORT: String(port),
      REDIS_AUTH_TOKEN: token,
      REDIS_TLS_ENABLED: String(tls),
      REDIS_CONNECT_TIMEOUT: limit(place),
      REDIS_COMMAND_TIMEOUT: limit(place),
      ...more,
    });
    const target = connectionOf(resolveRedis(settings));
    return (await checkRedis({ target, secrets, dnsTimeoutMs }, budgetOf(wholeMs))).check;
  },
  mlflow: async (place) => {
    const settings = readSettings({
      MLFLOW_TRACKING_URI: urlOf(place),
      MLFLOW_TRACKING_TOKEN: token,
      HEALTH_QUERY_TIMEOUT: '0.5',
      HEALTH_CHECK_TIMEOUT: limit(place),
      ...place.more,
    });
    return (await checkMlflow(connectionOf(resolveMlflow(settings)), dnsTimeoutMs, budgetOf(wholeMs))).check;
  },
  auth: async (place) => {
    const settings = readSettings({
      AUTH_SERVICE_URL: urlOf(place),
      AUTH_PROBE_KEY: token,
      AUTH_SERVICE_TIMEOUT: limit(place),
      ...place.more,
    });
    return (await checkAuth(connectionOf(resolveAuth(settings)), dnsTimeoutMs, budgetOf(wholeMs))).check;
  },
};

export const dependencies = Object.keys(checkAt) as Dependency[];
