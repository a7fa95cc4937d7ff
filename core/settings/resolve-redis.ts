/** Builds the one description of the Redis connection: from a URL, a bare host, or parts. */
import { type ConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import type { SettingProblem, SettingsReading } from './read.ts';
import { invalid, missing, type Resolved } from './resolved.ts';
import type { Secret } from './secret.ts';

export interface RedisTarget {
  host: string;
  port: number;
  /** Index of the logical database. */
  database: number;
  username?: string;
  password?: Secret;
  /** The secret whose key `auth_token` holds the password, when none is set or one was rejected. */
  secretId?: string;
  /** Encrypted, with certificate and host name verified. */
  tls: boolean;
  connectTimeoutMs: number;
  commandTimeoutMs: number;
}

const group = 'redis';

const bareHost = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d+)?$/;

const urlOf = (reading: SettingsReading, problems: SettingProblem[]): ConnectionUrl | undefined => {
  const text = reading.get('REDIS_URL')?.reveal();
  if (!text || problems.some(({ variable }) => variable === 'REDIS_URL')) return undefined;
  const scheme = reading.get('REDIS_TLS_ENABLED') ? 'rediss' : 'redis';
  const parsed = parseConnectionUrl(bareHost.test(text) ? `${scheme}://${text}` : text, ['redis', 'rediss']);
  if ('url' in parsed) return parsed.url;
  problems.push(invalid(group, 'REDIS_URL', `${parsed.problem}, or write the host alone`));
  return undefined;
};

const urlProblems = (url: ConnectionUrl, reading: SettingsReading): SettingProblem[] => {
  const problems: SettingProblem[] = [];
  const differs = (name: 'REDIS_HOST' | 'REDIS_PORT', inUrl: string | number | undefined) => {
    if (reading.source(name) && inUrl !== undefined && reading.get(name) !== inUrl)
      problems.push(
        invalid(group, name, 'it differs from REDIS_URL; set one of the two, or both to the same'),
      );
  };
  differs('REDIS_HOST', url.host);
  differs('REDIS_PORT', url.port);
  const token = reading.get('REDIS_AUTH_TOKEN');
  if (token && url.password && !token.equals(url.password))
    problems.push(
      invalid(group, 'REDIS_AUTH_TOKEN', 'it differs from the password in REDIS_URL; set one of the two'),
    );
  const explicit = reading.source('REDIS_TLS_ENABLED') !== undefined;
  if (explicit && (url.scheme === 'rediss') !== reading.get('REDIS_TLS_ENABLED'))
    problems.push(
      invalid(
        group,
        'REDIS_TLS_ENABLED',
        `it is ${reading.get('REDIS_TLS_ENABLED')} and REDIS_URL begins with ${url.scheme}://; make them agree`,
      ),
    );
  if (url.scheme === 'redis' && !explicit && reading.get('ENVIRONMENT') !== 'development')
    problems.push(
      invalid(group, 'REDIS_URL', 'it is not encrypted; write rediss:// (redis:// is only for development)'),
    );
  if (url.path !== '' && !/^\d+$/.test(url.path))
    problems.push(
      invalid(group, 'REDIS_URL', 'its path is not the number of a database; write /0 or leave it out'),
    );
  if (url.parameters.size > 0) problems.push(invalid(group, 'REDIS_URL', 'it has parameters; none is known'));
  return problems;
};

/** Call it only when REDIS_ENABLED is true; nothing else decides whether Redis is used. */
export const resolveRedis = (reading: SettingsReading): Resolved<RedisTarget> => {
  const problems = reading.problemsOf(group);
  const url = urlOf(reading, problems);
  if (url) problems.push(...urlProblems(url, reading));
  const host = url?.host ?? reading.get('REDIS_HOST');
  const named = problems.some(({ variable }) => variable === 'REDIS_URL' || variable === 'REDIS_HOST');
  if (!host && !named)
    problems.push(
      missing(group, 'REDIS_HOST', 'write the host name of the Redis server, or set REDIS_ENABLED to false'),
    );
  if (problems.length > 0 || !host) return { ok: false, problems };
  const password = url?.password ?? reading.get('REDIS_AUTH_TOKEN');
  const secretId = reading.get('REDIS_AUTH_TOKEN_SECRET_ID');
  return {
    ok: true,
    value: {
      host,
      port: url?.port ?? reading.get('REDIS_PORT'),
      database: Number(url?.path || 0),
      ...(url?.user ? { username: url.user } : {}),
      ...(password ? { password } : {}),
      ...(secretId ? { secretId } : {}),
      tls: url ? url.scheme === 'rediss' : reading.get('REDIS_TLS_ENABLED'),
      connectTimeoutMs: reading.get('REDIS_CONNECT_TIMEOUT') * 1_000,
      commandTimeoutMs: reading.get('REDIS_COMMAND_TIMEOUT') * 1_000,
    },
  };
};
