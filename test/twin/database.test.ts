import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import {
  type Database,
  type DatabaseDefinition,
  readDatabase,
  startDatabase,
} from '../../twin/servers/index.ts';
import { createFixture } from './template-fixture.ts';

const read = (parameters: Record<string, string>): DatabaseDefinition => {
  const { assembly, remove } = createFixture({
    data: {
      Resources: {
        Instance: {
          Type: 'AWS::RDS::DBInstance',
          Properties: {
            DBName: 'mlflow_db',
            MasterUsername: 'master_user',
            DBParameterGroupName: { Ref: 'Group' },
          },
        },
        Group: { Type: 'AWS::RDS::DBParameterGroup', Properties: { Parameters: parameters } },
      },
    },
  });
  remove();
  return readDatabase(assembly);
};

describe('the database of the template', () => {
  test('takes from the parameter group what PostgreSQL has, and says of the rest why not', () => {
    const formula = 'LEAST({DBInstanceClassMemory/9531392},5000)';
    expect(
      read({ 'rds.force_ssl': '1', statement_timeout: '30000', max_connections: formula, 'rds.x': '1' }),
    ).toEqual({
      masterUser: 'master_user',
      databaseName: 'mlflow_db',
      requireTls: true,
      parameters: { statement_timeout: '30000' },
      notApplied: [
        { name: 'max_connections', value: formula, reason: expect.stringContaining('formula') },
        { name: 'rds.x', value: '1', reason: expect.stringContaining('RDS') },
      ],
    });
    expect(read({ 'rds.force_ssl': '0' }).requireTls).toBe(false);
  });

  describe('once started', () => {
    let database: Database;
    let connect: (options?: pg.ClientConfig) => Promise<pg.Client>;

    beforeAll(async () => {
      const authority = await createCertificateAuthority();
      database = await startDatabase({
        definition: read({ 'rds.force_ssl': '1', statement_timeout: '30000' }),
        authority,
        masterPassword: "p@ss'w\\rd",
        ownerPassword: 'owner',
      });
      connect = async (options = {}) => {
        const client = new pg.Client({
          host: 'localhost',
          port: database.server.port,
          user: 'master_user',
          password: "p@ss'w\\rd",
          database: 'mlflow_db',
          ssl: { ca: authority.certificatePem },
          ...options,
        });
        client.on('error', () => undefined);
        await client.connect();
        return client;
      };
    });
    afterAll(() => database.server.dispose());

    test('has the parameters of the group in force and admits no connection without TLS', async () => {
      const client = await connect();
      expect((await client.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '30s' }]);
      await client.end();
      await expect(connect({ ssl: false })).rejects.toMatchObject({ code: '28000' });
    });

    test('has a master user who is no superuser and may do what RDS lets it do', async () => {
      const client = await connect();
      const { rows } = await client.query("select current_setting('is_superuser') as superuser");
      expect(rows).toEqual([{ superuser: 'off' }]);
      await client.query('create role app login; grant pg_monitor to app');
      await client.query('create database other');
      await expect(client.query('create role more superuser')).rejects.toMatchObject({ code: '42501' });
      await client.end();
    }, 20_000);
  });
});
