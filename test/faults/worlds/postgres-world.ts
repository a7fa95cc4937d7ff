import pg from 'pg';
import {
  budgetOf,
  type Check,
  checkPostgres,
  createSecretReader,
  type SecretReader,
} from '../../../core/checks/index.ts';
import { readSettings, resolvePostgres } from '../../../core/settings/index.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';
import type { World } from '../fault.ts';

type Environment = Record<string, string>;

export interface PostgresWorld extends World {
  authority: CertificateAuthority;
  /** Wants TLS, trusts nobody without a password. */
  server: PostgresServer;
  /** Without TLS, with few connections. */
  small: PostgresServer;
  /** The check with the settings that fit `server`, and these instead. */
  check(environment?: Environment, more?: { secrets?: SecretReader; wholeMs?: number }): Promise<Check>;
  /** The check of a server that speaks as the script says, without TLS. */
  scripted(onSocket: Parameters<typeof scriptedServer>[0], environment?: Environment): Promise<Check>;
  admin(statement: string, server?: PostgresServer, database?: string): Promise<void>;
  /** A session that stays open until the end. */
  hold(server: PostgresServer, statement?: string, user?: string): Promise<pg.Client>;
}

export const password = 'p@ss/w#rd?%';
export const quotedPassword = pg.escapeLiteral(password);

const noSecrets = createSecretReader(() => Promise.reject(new Error('no secret here')), { timeoutMs: 1_000 });

/** Settings for a connection without TLS to a port. */
export const withoutTls = (port: number, more: Environment = {}): Environment => ({
  DATABASE_PORT: String(port),
  DATABASE_SSL_MODE: 'disable',
  ...more,
});

export const startPostgresWorld = async (): Promise<PostgresWorld> => {
  const authority = await createCertificateAuthority('the trusted one');
  const superuser = { name: 'mlflow', password };
  const certificate = await authority.issue({ names: ['localhost', '127.0.0.1'] });
  const parameters = { max_connections: '8', superuser_reserved_connections: '2', max_wal_senders: '0' };
  const [server, small] = await Promise.all([
    startPostgres({ superuser, certificate, requireTls: true }),
    startPostgres({ superuser, parameters }),
  ]);
  const disposables: World['disposables'] = [() => server.dispose(), () => small.dispose()];

  const connect = async (
    target: PostgresServer,
    user = superuser.name,
    database = 'postgres',
  ): Promise<pg.Client> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: target.port,
      user,
      password,
      database,
      ssl: target === server ? { rejectUnauthorized: false } : false,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  const check: PostgresWorld['check'] = async (
    environment = {},
    { secrets = noSecrets, wholeMs = 8_000 } = {},
  ) => {
    const settings = readSettings({
      DATABASE_HOST: 'localhost',
      DATABASE_PORT: String(server.port),
      DATABASE_NAME: 'postgres',
      DATABASE_USER: superuser.name,
      ...(environment.DATABASE_SECRET_ID ? {} : { DATABASE_PASSWORD: password }),
      DATABASE_SSL_ROOT_CERT: authority.certificatePem,
      DATABASE_CONNECT_TIMEOUT: '2',
      ...environment,
    });
    const resolved = resolvePostgres(settings);
    if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
    const options = { target: resolved.value, secrets, dnsTimeoutMs: 1_000, queryTimeoutMs: 1_000 };
    return (await checkPostgres(options, budgetOf(wholeMs))).check;
  };

  return {
    secrets: [password],
    disposables,
    authority,
    server,
    small,
    check,
    scripted: async (onSocket, environment = {}) => {
      const scripted = await scriptedServer(onSocket);
      disposables.push(scripted.dispose);
      return check(withoutTls(scripted.port, environment));
    },
    admin: async (statement, target = server, database = 'postgres') => {
      const client = await connect(target, superuser.name, database);
      await client.query(statement).finally(() => client.end());
    },
    hold: async (target, statement = 'select 1', user) => {
      const client = await connect(target, user);
      disposables.push(() => client.end().catch(() => undefined));
      await client.query(statement);
      return client;
    },
  };
};
