import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { budgetOf, type Check, checkPostgres, createSecretReader } from '../../../core/checks/index.ts';
import { readSettings, resolvePostgres } from '../../../core/settings/index.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import { type BlackHole, openBlackHole } from '../../fixtures/black-hole.ts';
import { type ScriptedServer, scriptedServer } from '../../fixtures/scripted-server.ts';

const password = 'p@ss/w#rd?%';
const day = 86_400_000;

let authority: CertificateAuthority;
let server: PostgresServer;
let plain: PostgresServer;
const disposables: (() => void)[] = [];

const issue = (names = ['localhost', '127.0.0.1'], more: { notBefore?: Date; notAfter?: Date } = {}) =>
  authority.issue({ names, ...more });

const noSecrets = createSecretReader(() => Promise.reject(new Error('no secret here')), { timeoutMs: 200 });

const check = async (
  environment: Record<string, string>,
  { secrets = noSecrets, wholeMs = 5_000 } = {},
): Promise<Check & { daysLeft?: number | undefined }> => {
  const settings = readSettings({
    DATABASE_HOST: 'localhost',
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: 'postgres',
    DATABASE_USER: server.superuser.name,
    ...(environment.DATABASE_SECRET_ID ? {} : { DATABASE_PASSWORD: password }),
    DATABASE_SSL_ROOT_CERT: authority.certificatePem,
    ...environment,
  });
  const resolved = resolvePostgres(settings);
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
  const result = await checkPostgres(
    { target: resolved.value, secrets, dnsTimeoutMs: 1_000, queryTimeoutMs: 1_000 },
    budgetOf(wholeMs),
  );
  return { ...result.check, daysLeft: result.certificateDaysLeft };
};

const admin = async (statement: string, target = server): Promise<void> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: target.port,
    user: target.superuser.name,
    password,
    database: 'postgres',
    ssl: target === server ? { rejectUnauthorized: false } : false,
  });
  await client.connect();
  await client.query(statement);
  await client.end();
};

beforeAll(async () => {
  authority = await createCertificateAuthority('the trusted one');
  const superuser = { name: 'mlflow', password };
  [server, plain] = await Promise.all([
    startPostgres({ superuser, certificate: await issue(), requireTls: true }),
    startPostgres({ superuser }),
  ]);
});

afterAll(async () => {
  for (const dispose of disposables) dispose();
  await Promise.all([server?.dispose(), plain?.dispose()]);
});

describe('a healthy server', () => {
  test('is reached through every layer, with the time of each phase and the days its certificate lasts', async () => {
    const found = await check({});
    expect(found).toMatchObject({ ok: true, layer: 'query', target: `localhost:${server.port}/postgres` });
    expect(Object.keys(found.phases ?? {})).toEqual(['dnsMs', 'tcpMs', 'tlsMs', 'authMs', 'queryMs']);
    expect(found.cause).toBeUndefined();
    expect(found.daysLeft).toBeGreaterThan(0);
  });

  test('leaves no session behind', async () => {
    await check({});
    const client = new pg.Client({
      host: '127.0.0.1',
      port: server.port,
      user: 'mlflow',
      password,
      database: 'postgres',
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    const count = async () =>
      (
        await client.query(
          "select count(*)::int as n from pg_stat_activity where application_name = 'breakwater-probe'",
        )
      ).rows[0].n;
    for (let wait = 0; wait < 50 && (await count()) > 0; wait++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await count()).toBe(0);
    await client.end();
  });
});

describe('what is wrong is named', () => {
  test('a database that does not exist, with those that do', async () => {
    const found = await check({ DATABASE_NAME: 'mlflow' });
    expect(found).toMatchObject({ ok: false, cause: 'DATABASE_MISSING', layer: 'database' });
    expect(found.detail).toBe('database "mlflow" does not exist (3D000)');
    expect(found.evidence).toMatchObject({ sqlstate: '3D000', databases: ['postgres'] });
    expect(found.runbook).toBe('runbooks/database.md#database_missing');
  });

  test('a database that differs in letter case only', async () => {
    expect(await check({ DATABASE_NAME: 'Postgres' })).toMatchObject({
      cause: 'DATABASE_NAME_CASE',
      layer: 'config',
    });
  });

  test.each(['DATABASE_PASSWORD', 'DATABASE_USER'])(
    'a login that is rejected because of %s',
    async (name) => {
      expect(await check({ [name]: 'wrong' })).toMatchObject({
        cause: 'PASSWORD_REJECTED',
        layer: 'auth',
        evidence: { sqlstate: '28P01' },
      });
    },
  );

  test('a role that may not log in, a database that refuses connections, and one that is not granted', async () => {
    await admin(`create role sleeper nologin password '${password.replaceAll("'", "''")}'`);
    expect((await check({ DATABASE_USER: 'sleeper' })).cause).toBe('LOGIN_NOT_PERMITTED');
    await admin('create database closed allow_connections false');
    expect((await check({ DATABASE_NAME: 'closed' })).cause).toBe('DATABASE_NOT_ACCEPTING');
    await admin(`create role stranger login password '${password.replaceAll("'", "''")}'`);
    await admin('create database private');
    await admin('revoke connect on database private from public');
    expect((await check({ DATABASE_NAME: 'private', DATABASE_USER: 'stranger' })).cause).toBe(
      'DATABASE_ACCESS_DENIED',
    );
  });

  test('a login without encryption on a server that wants it', async () => {
    expect((await check({ DATABASE_SSL_MODE: 'disable' })).cause).toBe('ENCRYPTION_REQUIRED');
  });

  test('a server without TLS', async () => {
    expect(await check({ DATABASE_PORT: String(plain.port) })).toMatchObject({
      cause: 'TLS_NOT_OFFERED',
      layer: 'tls',
    });
  });

  test('a server that takes no writes', async () => {
    await admin('alter role mlflow set default_transaction_read_only = on', plain);
    const found = await check({ DATABASE_PORT: String(plain.port), DATABASE_SSL_MODE: 'disable' });
    expect(found.cause).toBe('READ_ONLY');
  });

  test('no connection left, whether all slots are used or only the reserved ones are free', async () => {
    const busy = await startPostgres({
      superuser: server.superuser,
      parameters: { max_connections: '6', superuser_reserved_connections: '2', max_wal_senders: '0' },
    });
    const open: pg.Client[] = [];
    const hold = async () => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: busy.port,
        user: 'mlflow',
        password,
        database: 'postgres',
        ssl: false,
      });
      client.on('error', () => undefined);
      await client.connect();
      open.push(client);
    };
    try {
      await hold();
      await open[0]?.query(`create role clerk login password '${password.replaceAll("'", "''")}'`);
      for (let i = 0; i < 3; i++) await hold();
      const environment = {
        DATABASE_PORT: String(busy.port),
        DATABASE_SSL_MODE: 'disable',
        DATABASE_USER: 'clerk',
      };
      expect(await check(environment)).toMatchObject({
        cause: 'TOO_MANY_CONNECTIONS',
        layer: 'capacity',
        evidence: { sqlstate: '53300' },
      });
      for (let i = 0; i < 2; i++) await hold();
      expect((await check({ ...environment, DATABASE_USER: 'mlflow' })).cause).toBe('TOO_MANY_CONNECTIONS');
    } finally {
      await Promise.all(open.map((client) => client.end()));
      await busy.dispose();
    }
  });

  test('a closed port, a dropped connection attempt and an unknown host', async () => {
    const closed = await scriptedServer();
    closed.dispose();
    expect((await check({ DATABASE_PORT: String(closed.port) })).cause).toBe('CONNECTION_REFUSED');
    const hole: BlackHole = await openBlackHole();
    disposables.push(() => hole.dispose());
    const dropped = await check({ DATABASE_PORT: String(hole.port), DATABASE_CONNECT_TIMEOUT: '0.4' });
    expect(dropped).toMatchObject({ cause: 'CONNECT_TIMEOUT', layer: 'tcp' });
    expect(dropped.phases).not.toHaveProperty('tlsMs');
    const unknown = await check({ DATABASE_HOST: 'no-such-host.invalid' });
    expect(unknown).toMatchObject({ ok: false, layer: 'dns' });
    expect(unknown.detail).toContain('no-such-host.invalid');
  });
});

describe('certificates', () => {
  const withCertificate = async (
    certificate: { certificatePem: string; keyPem: string },
    environment = {},
  ) => {
    await server.reload({ certificate });
    try {
      return await check(environment);
    } finally {
      await server.reload({ certificate: await issue() });
    }
  };

  test('an authority that is not trusted', async () => {
    const other = await createCertificateAuthority('somebody else');
    const found = await withCertificate(await other.issue({ names: ['localhost'] }));
    expect(found).toMatchObject({ cause: 'TLS_UNTRUSTED_CA', layer: 'tls' });
    expect(found.detail).toContain('somebody else');
  });

  test('a certificate that has expired, with the date', async () => {
    const notAfter = new Date(Date.now() - day);
    const found = await withCertificate(
      await issue(['localhost'], { notBefore: new Date(Date.now() - 9 * day), notAfter }),
    );
    expect(found.cause).toBe('TLS_CERTIFICATE_EXPIRED');
    expect(String(found.evidence?.validTo).slice(0, 16)).toBe(notAfter.toISOString().slice(0, 16));
  });

  test('a certificate that is not valid yet', async () => {
    const found = await withCertificate(
      await issue(['localhost'], {
        notBefore: new Date(Date.now() + day),
        notAfter: new Date(Date.now() + 9 * day),
      }),
    );
    expect(found.cause).toBe('TLS_CERTIFICATE_NOT_YET_VALID');
  });

  test('a certificate for another host name, and a connection by address to one for a name', async () => {
    const certificate = await issue(['db.example']);
    const found = await withCertificate(certificate);
    expect(found.cause).toBe('TLS_HOSTNAME_MISMATCH');
    expect(found.detail).toContain('db.example');
    expect((await withCertificate(await issue(['localhost']), { DATABASE_HOST: '127.0.0.1' })).cause).toBe(
      'TLS_HOSTNAME_MISMATCH',
    );
  });

  test('nothing is sent to a server whose certificate did not pass', async () => {
    const other = await createCertificateAuthority();
    const { certificatePem, keyPem } = await other.issue({ names: ['localhost'] });
    const received: Buffer[] = [];
    const impostor: ScriptedServer = await scriptedServer((socket) => {
      socket.once('data', () => {
        socket.write('S');
        const secure = new TLSSocket(socket, { isServer: true, cert: certificatePem, key: keyPem });
        secure.on('error', () => undefined);
        secure.on('data', (chunk) => received.push(chunk));
      });
    });
    disposables.push(() => impostor.dispose());
    expect((await check({ DATABASE_PORT: String(impostor.port) })).cause).toBe('TLS_UNTRUSTED_CA');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(received).toEqual([]);
  });
});

describe('a server that is not ready', () => {
  test('that starts up or recovers, and one that shuts down', async () => {
    const message = (text: string) => {
      const fields = `SFATAL\0VFATAL\0C57P03\0M${text}\0\0`;
      const head = Buffer.alloc(5);
      head.write('E');
      head.writeInt32BE(fields.length + 4, 1);
      return Buffer.concat([head, Buffer.from(fields)]);
    };
    const answer = async (text: string) => {
      const starting = await scriptedServer((socket) => socket.once('data', () => socket.end(message(text))));
      disposables.push(() => starting.dispose());
      return (await check({ DATABASE_PORT: String(starting.port), DATABASE_SSL_MODE: 'disable' })).cause;
    };
    expect(await answer('the database system is starting up')).toBe('SERVER_STARTING');
    expect(await answer('the database system is in recovery mode')).toBe('SERVER_STARTING');
    expect(await answer('the database system is shutting down')).toBe('SERVER_SHUTTING_DOWN');
  });

  test('a real standby that has not reached consistency says that it is starting', async () => {
    const standby = await startPostgres({ superuser: server.superuser, certificate: await issue() });
    try {
      await standby.stop();
      writeFileSync(join(standby.directory, 'standby.signal'), '');
      const { uid, gid } = statSync(standby.directory);
      chownSync(join(standby.directory, 'standby.signal'), uid, gid);
      writeFileSync(
        join(standby.directory, 'postgresql.auto.conf'),
        "hot_standby = off\nrestore_command = 'false'\n",
      );
      standby.start().catch(() => undefined);
      let cause: string | undefined;
      for (let wait = 0; wait < 100 && cause !== 'SERVER_STARTING'; wait++) {
        cause = (await check({ DATABASE_PORT: String(standby.port) })).cause;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(cause).toBe('SERVER_STARTING');
    } finally {
      await standby.dispose();
    }
  });
});

describe('what answers is not PostgreSQL', () => {
  const against = async (onSocket: Parameters<typeof scriptedServer>[0], environment = {}) => {
    const other = await scriptedServer(onSocket);
    disposables.push(() => other.dispose());
    return check({ DATABASE_PORT: String(other.port), DATABASE_CONNECT_TIMEOUT: '0.5', ...environment });
  };

  test('another protocol, a connection that is closed, megabytes of noise', async () => {
    expect((await against((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))).cause).toBe(
      'NOT_THE_EXPECTED_SERVER',
    );
    expect((await against((socket) => socket.once('data', () => socket.destroy()))).cause).toBe(
      'NOT_THE_EXPECTED_SERVER',
    );
    const noise = await against((socket) => socket.write(Buffer.alloc(5_000_000, 0x41)));
    expect(noise.cause).toBe('NOT_THE_EXPECTED_SERVER');
    expect(JSON.stringify(noise).length).toBeLessThan(2_000);
  });

  test('silence after the connection, and silence after the login began', async () => {
    expect((await against(() => undefined)).cause).toBe('TLS_TIMEOUT');
    expect((await against(() => undefined, { DATABASE_SSL_MODE: 'disable' })).cause).toBe('RESPONSE_TIMEOUT');
  });

  test('bytes sent along with the answer to the request for TLS are refused', async () => {
    expect((await against((socket) => socket.once('data', () => socket.write('SX')))).cause).toBe(
      'NOT_THE_EXPECTED_SERVER',
    );
  });
});

describe('the secret', () => {
  const secretsOf = (answers: (string | Error)[], timeoutMs = 300) => {
    let reads = 0;
    const reader = createSecretReader(
      async () => {
        const answer = answers[Math.min(reads++, answers.length - 1)];
        if (answer instanceof Error) throw answer;
        return answer;
      },
      { timeoutMs },
    );
    return { reader, reads: () => reads };
  };
  const withSecret = { DATABASE_SECRET_ID: 'app' };

  test('gives the password, and is read once for many runs', async () => {
    const { reader, reads } = secretsOf([JSON.stringify({ password })]);
    expect((await check(withSecret, { secrets: reader })).ok).toBe(true);
    expect((await check(withSecret, { secrets: reader })).ok).toBe(true);
    expect(reads()).toBe(1);
  });

  test('is read again once when its password was rejected, so that a rotation is not a failure', async () => {
    const { reader, reads } = secretsOf([JSON.stringify({ password: 'old' }), JSON.stringify({ password })]);
    expect((await check(withSecret, { secrets: reader })).ok).toBe(true);
    expect(reads()).toBe(2);
  });

  test('that stays wrong is a rejected password, after one more read', async () => {
    const { reader, reads } = secretsOf([JSON.stringify({ password: 'old' })]);
    expect((await check(withSecret, { secrets: reader })).cause).toBe('PASSWORD_REJECTED');
    expect(reads()).toBe(2);
  });

  test('that cannot be read, is no JSON, or lacks the key, is named and never printed', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    expect(await check(withSecret, { secrets: secretsOf([denied]).reader })).toMatchObject({
      cause: 'SECRET_UNREADABLE',
      layer: 'config',
    });
    const broken = await check(withSecret, { secrets: secretsOf(['{"password": "hunter2"']).reader });
    expect(broken.cause).toBe('SECRET_INCOMPLETE');
    expect(JSON.stringify(broken)).not.toContain('hunter2');
    const other = await check(withSecret, {
      secrets: secretsOf([JSON.stringify({ pass: 'hunter2' })]).reader,
    });
    expect(other).toMatchObject({
      cause: 'SECRET_INCOMPLETE',
      evidence: { missing: 'password', keys: ['pass'] },
    });
    expect(JSON.stringify(other)).not.toContain('hunter2');
  });

  test('that hangs does not hide what the network says', async () => {
    const hanging = createSecretReader(() => new Promise(() => undefined), { timeoutMs: 1_000 });
    const closed = await scriptedServer();
    closed.dispose();
    const found = await check({ ...withSecret, DATABASE_PORT: String(closed.port) }, { secrets: hanging });
    expect(found.cause).toBe('CONNECTION_REFUSED');
    const unread = await check(withSecret, { secrets: hanging, wholeMs: 400 });
    expect(unread.cause).toBe('SECRET_UNREADABLE');
  });
});
