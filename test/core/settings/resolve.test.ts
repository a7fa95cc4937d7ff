import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  rdsCertificateAuthorities,
  readSettings,
  resolveAuth,
  resolveMlflow,
  resolvePostgres,
  resolveRedis,
} from '../../../core/settings/index.ts';

type Environment = Record<string, string>;

const postgres = (environment: Environment) => resolvePostgres(readSettings(environment));
const redis = (environment: Environment) =>
  resolveRedis(readSettings({ REDIS_ENABLED: 'true', ...environment }));

const problemText = (resolved: { ok: boolean; problems?: { message: string }[] }): string =>
  (resolved.problems ?? []).map(({ message }) => message).join('\n');

const reserved = 'p@ss/w#rd?%';
const parts = {
  DATABASE_HOST: 'db.example',
  DATABASE_NAME: 'mlflow_db',
  DATABASE_USER: 'mlflow',
  DATABASE_PASSWORD: reserved,
};

describe('PostgreSQL', () => {
  test('from parts: reserved characters of the password stay as they are', () => {
    const resolved = postgres(parts);
    expect(resolved.ok && resolved.value.password?.reveal()).toBe(reserved);
    expect(resolved).toMatchObject({
      value: {
        host: 'db.example',
        port: 5432,
        database: 'mlflow_db',
        user: 'mlflow',
        connectTimeoutMs: 10_000,
      },
    });
  });

  test('for a reader with a role of its own: its login stands in place of the one in the settings, and none is needed', () => {
    const own = { user: 'capacity', secretId: 'own' };
    for (const environment of [parts, { DATABASE_HOST: 'db.example', DATABASE_NAME: 'mlflow_db' }]) {
      const resolved = resolvePostgres(readSettings(environment), own);
      expect(resolved).toMatchObject({ value: { host: 'db.example', user: 'capacity', secretId: 'own' } });
      expect(resolved.ok && resolved.value.password).toBeUndefined();
    }
    expect(problemText(resolvePostgres(readSettings({}), own))).toMatch(
      /^DATABASE_HOST is not set.*\nDATABASE_NAME is not set.*$/,
    );
  });

  test('from a URL: an encoded password comes out decoded, and the driver suffix is accepted', () => {
    const url = `postgresql+psycopg2://mlflow:${encodeURIComponent(reserved)}@db.example:6432/mlflow_db`;
    const resolved = postgres({ DATABASE_URL: url });
    expect(resolved.ok && resolved.value.password?.reveal()).toBe(reserved);
    expect(resolved).toMatchObject({
      value: { host: 'db.example', port: 6432, database: 'mlflow_db', user: 'mlflow' },
    });
  });

  test('any password survives, encoded in a URL and plain in its own variable', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
        const url = `postgresql://mlflow:${encodeURIComponent(password)}@db.example/mlflow_db`;
        const fromUrl = postgres({ DATABASE_URL: url });
        expect(fromUrl.ok && fromUrl.value.password?.reveal()).toBe(password);
        fc.pre(!/^\s*(\$\{|\{\{)/.test(password));
        const fromParts = postgres({ ...parts, DATABASE_PASSWORD: password });
        expect(fromParts.ok && fromParts.value.password?.reveal()).toBe(password);
      }),
    );
  });

  test('a URL that a parser reads as another host is refused, and nothing of it is shown', () => {
    const resolved = postgres({ DATABASE_URL: `postgresql://mlflow:${reserved}@db.example:5432/mlflow_db` });
    expect(resolved.ok).toBe(false);
    const text = problemText(resolved);
    expect(text).toContain('another host');
    expect(text).toContain('@ as %40');
    expect(text).not.toMatch(/ss\/w|p@ss|mlflow_db/);
  });

  test.each([
    ['mysql://u:p@h/d', 'must begin with postgresql://'],
    ['postgresql://u:p%ss@h/d', '% that is not followed'],
    ['postgresql://u:p@h:port/d', 'port'],
    ['postgresql://u:p@h:99999/d', 'port'],
    ['postgresql://u:p@/d', 'names no host'],
    ['postgresql://u:p@h1,h2/d', 'not a host name'],
    ['postgresql://u:p@h/d?sslmode=no-verify', 'does not verify'],
    ['postgresql://u:p@h/d?options=x', 'parameter "options"'],
    ['postgresql://u:p@h/d#x', 'fragment'],
    ['postgresql://u:p@ h/d', 'white space'],
  ])('refuses %s', (DATABASE_URL, why) => {
    expect(problemText(postgres({ DATABASE_URL }))).toContain(why);
  });

  test('URL and parts may both be set only when they say the same', () => {
    const DATABASE_URL = `postgresql://mlflow:${encodeURIComponent(reserved)}@db.example/mlflow_db`;
    expect(postgres({ DATABASE_URL, ...parts }).ok).toBe(true);
    expect(problemText(postgres({ DATABASE_URL, DB_NAME: 'mlflow' }))).toContain(
      'DB_NAME cannot be used: it differs',
    );
    const password = problemText(postgres({ DATABASE_URL, DATABASE_PASSWORD: 'other' }));
    expect(password).toContain('DATABASE_PASSWORD');
    expect(password).not.toContain('other,');
  });

  test('everything that is missing is named at once, with what to write', () => {
    const text = problemText(postgres({}));
    for (const name of ['DATABASE_HOST', 'DATABASE_NAME', 'DATABASE_USER', 'DATABASE_PASSWORD'])
      expect(text).toContain(`${name} is not set`);
  });

  test('a secret id stands in for a password', () => {
    const { DATABASE_PASSWORD: _, ...others } = parts;
    expect(postgres({ ...others, DB_SECRET_NAME: 'app' })).toMatchObject({
      ok: true,
      value: { secretId: 'app' },
    });
  });

  test('the RDS authorities are trusted unless others are named', () => {
    const resolved = postgres(parts);
    expect(resolved.ok && resolved.value.tls).toEqual({
      mode: 'verify-full',
      certificates: rdsCertificateAuthorities,
    });
  });

  test('a value that was refused is not also called missing', () => {
    const resolved = postgres({ ...parts, DATABASE_HOST: 'postgresql://u:p@h/d' });
    expect(problemText(resolved).split('\n')).toHaveLength(1);
    expect(problemText(resolved)).not.toContain('u:p');
  });
});

describe('Redis', () => {
  test.each([
    [{ REDIS_URL: 'cache.example' }, { host: 'cache.example', port: 6379, tls: true }],
    [{ REDIS_URL: 'cache.example:7000' }, { host: 'cache.example', port: 7000, tls: true }],
    [
      { REDIS_URL: 'rediss://cache.example:7000/2' },
      { host: 'cache.example', port: 7000, tls: true, database: 2 },
    ],
    [{ REDIS_HOST: 'cache.example' }, { host: 'cache.example', port: 6379, tls: true }],
    [{ REDIS_HOST: 'cache.example', REDIS_TLS_ENABLED: 'false' }, { tls: false }],
    [{ REDIS_URL: 'redis://cache.example' }, { tls: false }],
  ])('%p resolves', (environment, value) => {
    expect(redis(environment as unknown as Environment)).toMatchObject({ ok: true, value });
  });

  test('the token goes with a URL of any form, with its reserved characters', () => {
    for (const REDIS_URL of ['cache.example', 'cache.example:6379', 'rediss://cache.example:6379/0']) {
      const resolved = redis({ REDIS_URL, REDIS_AUTH_TOKEN: 'a/b@c#d' });
      expect(resolved.ok && resolved.value.password?.reveal()).toBe('a/b@c#d');
    }
  });

  test.each([
    [{ REDIS_URL: 'rediss://c', REDIS_TLS_ENABLED: 'false' }, 'make them agree'],
    [{ REDIS_URL: 'redis://c', ENVIRONMENT: 'production' }, 'not encrypted'],
    [{ REDIS_URL: 'http://c' }, 'must begin with redis://'],
    [{ REDIS_URL: 'rediss://c/zero' }, 'number of a database'],
    [{ REDIS_URL: 'rediss://:x@c', REDIS_AUTH_TOKEN: 'y' }, 'differs from the password'],
    [{ REDIS_URL: 'rediss://c', REDIS_HOST: 'd' }, 'differs from REDIS_URL'],
    [{ REDIS_URL: 'rediss://:a/b@c#d@host' }, 'another host'],
    [{}, 'REDIS_HOST is not set'],
  ])('%p is refused', (environment, why) => {
    expect(problemText(redis(environment as unknown as Environment))).toContain(why);
  });
});

describe('MLflow and auth', () => {
  test('resolve to host, port and prefix', () => {
    const settings = readSettings({
      MLFLOW_TRACKING_URI: 'http://mlflow:5000/mlflow/',
      HOKUSAI_AUTH_SERVICE_URL: 'https://auth.example',
    });
    expect(resolveMlflow(settings)).toMatchObject({
      value: { host: 'mlflow', port: 5000, tls: false, prefix: '/mlflow' },
    });
    expect(resolveAuth(settings)).toMatchObject({
      value: { host: 'auth.example', port: 443, tls: true, serviceId: 'platform' },
    });
  });

  test('are named when they are missing', () => {
    expect(problemText(resolveMlflow(readSettings({})))).toContain('MLFLOW_TRACKING_URI is not set');
    expect(problemText(resolveAuth(readSettings({})))).toContain('AUTH_SERVICE_URL is not set');
  });
});
