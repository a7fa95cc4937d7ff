import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type CertificateAuthority, createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';

describe('a PostgreSQL server of our own', () => {
  let authority: CertificateAuthority;
  let server: PostgresServer;

  const ask = async <T = unknown>(sql: string, options: Partial<pg.ClientConfig> = {}): Promise<T> => {
    const client = new pg.Client({
      host: 'localhost',
      port: server.port,
      user: server.superuser.name,
      password: server.superuser.password,
      database: 'postgres',
      ssl: { ca: authority.certificatePem },
      ...options,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return Object.values((await client.query(sql)).rows[0])[0] as T;
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    authority = await createCertificateAuthority();
    server = await startPostgres({
      certificate: await authority.issue({ names: ['localhost', '127.0.0.1'] }),
      requireTls: true,
      parameters: { statement_timeout: '1234ms' },
    });
  });
  afterAll(() => server.dispose());

  test('is reached with TLS that is verified against its authority, by name and by address', async () => {
    const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    expect(await ask(sql)).toBe(true);
    expect(await ask(sql, { host: '127.0.0.1' })).toBe(true);
  });

  test('applies the parameters that it is given', async () => {
    expect(await ask('show statement_timeout')).toBe('1234ms');
  });

  test('refuses a connection without TLS when TLS is required', async () => {
    await expect(ask('select 1', { ssl: false })).rejects.toMatchObject({ code: '28000' });
  });

  test('is not trusted by a client that trusts another authority', async () => {
    const other = await createCertificateAuthority('Other CA');
    await expect(ask('select 1', { ssl: { ca: other.certificatePem } })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  test('serves a new certificate to connections that begin after a reload', async () => {
    const expired = await authority.issue({
      names: ['localhost'],
      notBefore: new Date(Date.now() - 2 * 86_400_000),
      notAfter: new Date(Date.now() - 86_400_000),
    });
    await server.reload({ certificate: expired });
    await expect(ask('select 1')).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    await server.reload({ certificate: await authority.issue({ names: ['elsewhere'] }) });
    await expect(ask('select 1')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await server.reload({ certificate: await authority.issue({ names: ['localhost', '127.0.0.1'] }) });
    expect(await ask('select 1')).toBe(1);
  });

  test('refuses connections while it is stopped and has its data when it is started again', async () => {
    await ask("comment on database postgres is 'kept'; select 1").catch(() => undefined);
    const before = server.pid();
    await server.stop();
    expect(server.pid()).toBeUndefined();
    await expect(ask('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(server.pid()).not.toBe(before);
    const comment =
      "select shobj_description(oid, 'pg_database') from pg_database where datname = 'postgres'";
    expect(await ask(comment)).toBe('kept');
  });

  test('leaves neither process nor directory when it is disposed', async () => {
    const short = await startPostgres();
    const pid = short.pid() as number;
    await short.dispose();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(short.directory)).toBe(false);
  });

  test('fails with the server’s own words when a parameter is unknown', async () => {
    await expect(startPostgres({ parameters: { no_such_parameter: '1' } })).rejects.toThrow(
      'unrecognized configuration parameter "no_such_parameter"',
    );
  });
});
