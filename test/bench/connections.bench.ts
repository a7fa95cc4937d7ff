/** How long it takes until 100 connections are there that are wanted at once, with TLS and a password. */
import pg from 'pg';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import { openPool } from '../service/postgres/pool-fixture.ts';
import { largest, median, percentile, shuffled } from './percentiles.ts';
import { runBench } from './run-bench.ts';
import { ms, print, table, title } from './table.ts';

const wanted = 100;
const rounds = 7;

/** Long enough that no query can have the connection of another one. */
const query =
  'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS began, pg_backend_pid() AS pid, pg_sleep(2)';
type Row = { began: string; pid: number };

interface Fresh {
  ask(): Promise<Row | undefined>;
  close(): Promise<unknown>;
}

interface Contender {
  name: string;
  open(): Fresh;
  /** Milliseconds until the server ran the first statement, of each connection of each round. */
  single: number[];
  /** Of the last connection of each round. */
  whole: number[];
  failed: number;
}

const host = 'localhost';

const breakwater = (server: PostgresServer, certificate: string) => (): Fresh => {
  // The limits are those that the settings have by default.
  const env = {
    DATABASE_HOST: host,
    DATABASE_POOL_SIZE: String(wanted),
    DATABASE_SSL_MODE: 'verify-full',
    DATABASE_SSL_ROOT_CERT: certificate,
    DATABASE_CONNECT_TIMEOUT: '10',
    DATABASE_ACQUIRE_TIMEOUT: '3',
    DATABASE_STATEMENT_TIMEOUT: '5',
    DATABASE_LOCK_TIMEOUT: '2',
    DATABASE_RETRY_DELAY: '1',
  };
  const { database, close } = openPool(server, { env });
  return { ask: async () => (await database.query<Row>(query)).rows[0], close };
};

const bare = (server: PostgresServer, ca: string) => (): Fresh => {
  const { port, superuser } = server;
  const login = { host, port, user: superuser.name, password: superuser.password, database: 'postgres' };
  const pool = new pg.Pool({ ...login, max: wanted, ssl: { ca } });
  pool.on('error', () => undefined);
  return { ask: async () => (await pool.query<Row>(query)).rows[0], close: () => pool.end() };
};

const round = async ({ open, single, whole }: Contender): Promise<number> => {
  const { ask, close } = open();
  // The server's clock is that of this machine.
  const begin = performance.timeOrigin + performance.now();
  const asked = await Promise.allSettled(Array.from({ length: wanted }, ask));
  await close();
  const rows = asked.flatMap((result) => (result.status === 'fulfilled' && result.value) || []);
  const pids = new Set(rows.map(({ pid }) => pid));
  const took = rows.map(({ began }) => Number(began) - begin);
  single.push(...took);
  if (pids.size === wanted) whole.push(largest(took));
  return wanted - pids.size;
};

await runBench(async () => {
  const authority = await createCertificateAuthority();
  const certificate = await authority.issue({ names: [host] });
  const parameters = { max_connections: String(2 * wanted + 20) };
  const server = await startPostgres({ certificate, requireTls: true, parameters });
  const measured = (name: string, open: () => Fresh): Contender => ({
    name,
    open,
    single: [],
    whole: [],
    failed: 0,
  });
  const contenders = [
    measured('breakwater', breakwater(server, authority.certificatePem)),
    measured('bare pg pool', bare(server, authority.certificatePem)),
  ];
  for (const contender of contenders) await round({ ...contender, single: [], whole: [] });
  for (let count = 0; count < rounds; count++)
    for (const contender of shuffled(contenders)) contender.failed += await round(contender);
  await server.dispose();

  print(
    title(`connections: ${wanted} wanted at once, TLS and password, ${rounds} shuffled rounds, fresh pools`),
  );
  print('milliseconds until the first statement runs on the server, on the last connection and on each');
  const rows = contenders.map(({ name, single, whole, failed }) => [
    name,
    ms(-largest(whole.map((value) => -value))),
    ms(median(whole)),
    ms(largest(whole)),
    ms(median(single)),
    ms(percentile(single, 0.99)),
    String(failed),
  ]);
  print(table([['', 'all: min', 'median', 'max', 'each: median', 'p99', 'connections missing'], ...rows]));
});
