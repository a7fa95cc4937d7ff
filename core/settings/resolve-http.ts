/** Builds the one description of the connections to MLflow and to the auth service. */
import type { SettingsReading } from './read.ts';
import { missing, type Resolved } from './resolved.ts';
import type { Secret } from './secret.ts';

export interface HttpTarget {
  url: URL;
  /** Host for the connection: a name or an address without brackets. */
  host: string;
  port: number;
  tls: boolean;
  /** Path prefix without trailing slash. */
  prefix: string;
  /** From looking up the name to the last byte of the answer, milliseconds. */
  timeoutMs: number;
}

export interface MlflowTarget extends HttpTarget {
  token?: Secret;
}

export interface AuthTarget extends HttpTarget {
  /** Which service asks, in the words of the auth service. */
  serviceId: string;
  /** The key to check with; absent when there is none. */
  key?: Secret;
}

const targetOf = (url: URL, timeoutMs: number): HttpTarget => {
  const tls = url.protocol === 'https:';
  return {
    url,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : tls ? 443 : 80,
    tls,
    prefix: url.pathname.replace(/\/+$/, ''),
    timeoutMs,
  };
};

/** Where the service itself answers; undefined where nobody says. */
export const serviceTarget = (reading: SettingsReading): HttpTarget | undefined => {
  const url = reading.get('SERVICE_URL');
  return url && targetOf(url, reading.get('HEALTH_CHECK_TIMEOUT') * 1_000);
};

export const resolveMlflow = (reading: SettingsReading): Resolved<MlflowTarget> => {
  const problems = reading.problemsOf('mlflow');
  const url = reading.get('MLFLOW_TRACKING_URI');
  if (!url && !reading.source('MLFLOW_TRACKING_URI'))
    problems.push(
      missing(
        'mlflow',
        'MLFLOW_TRACKING_URI',
        'write the address of the MLflow server, such as http://mlflow:5000',
      ),
    );
  if (problems.length > 0 || !url) return { ok: false, problems };
  const token = reading.get('MLFLOW_TRACKING_TOKEN');
  return {
    ok: true,
    value: { ...targetOf(url, reading.get('HEALTH_CHECK_TIMEOUT') * 1_000), ...(token ? { token } : {}) },
  };
};

export const resolveAuth = (reading: SettingsReading): Resolved<AuthTarget> => {
  const problems = reading.problemsOf('auth');
  const url = reading.get('AUTH_SERVICE_URL');
  if (!url && !reading.source('AUTH_SERVICE_URL'))
    problems.push(
      missing(
        'auth',
        'AUTH_SERVICE_URL',
        'write the address of the auth service, such as https://auth.example.com',
      ),
    );
  if (problems.length > 0 || !url) return { ok: false, problems };
  const key = reading.get('AUTH_PROBE_KEY');
  return {
    ok: true,
    value: {
      ...targetOf(url, reading.get('AUTH_SERVICE_TIMEOUT') * 1_000),
      serviceId: reading.get('AUTH_SERVICE_ID'),
      ...(key ? { key } : {}),
    },
  };
};
