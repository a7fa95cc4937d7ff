/** What the servers that are compared depend on, in a process of its own, and how it fails when it is told to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { keepDirectory } from '../../twin/keeper.ts';
import { findRedis, freePort, startRedis } from '../../twin/servers/index.ts';
import { type FaultProxy, startFaultProxy } from '../fixtures/fault-proxy.ts';
import { type Surroundings, startSurroundings } from '../service/running.ts';
import { benchKey } from './bench-key.ts';
import { serveParent } from './parent.ts';
import { startSlowProxy } from './slow-proxy.ts';

/** `hang`: open connections are frozen for good, new ones are taken and stay silent. */
export type Fault = 'none' | 'refuse' | 'hang' | 'slow';
export type Faulty = 'postgres' | 'redis' | 'mlflow' | 'auth';

export interface Ready {
  /** Settings that lead to the dependencies, by way of what makes them fail. */
  env: Record<string, string>;
  /** Of PostgreSQL itself. */
  postgresPort: number;
  /** Whether there is a Redis, which can be on. */
  redis: boolean;
}

/** How late a slow dependency answers, milliseconds. */
const slowMs = 2_000;

/** Limits that tests make short; here they are what they are in production. */
const testsOnly = /^HEALTH_/;

const startRedisBehindProxy = async () => {
  const program = findRedis();
  if (program === undefined) return undefined;
  const authority = await createCertificateAuthority();
  const token = 'redis-token-of-the-bench';
  const certificate = await authority.issue({ names: ['localhost'] });
  const server = await startRedis({ program, port: await freePort(), certificate, token });
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-bench-'));
  keepDirectory(directory);
  const trusted = join(directory, 'ca.pem');
  writeFileSync(trusted, authority.certificatePem);
  const proxy = await startFaultProxy(server.port);
  return {
    proxy,
    env: {
      REDIS_ENABLED: 'true',
      REDIS_HOST: 'localhost',
      REDIS_PORT: String(proxy.port),
      REDIS_AUTH_TOKEN: token,
      NODE_EXTRA_CA_CERTS: trusted,
    },
    dispose: async () => {
      rmSync(directory, { recursive: true, force: true });
      await proxy.dispose();
      await server.dispose();
    },
  };
};

/** Commits of this server do not wait for the disk; a crash must not take the migrations along. */
const writeEverything = async ({ server, env }: Surroundings): Promise<void> => {
  const { host, port, superuser } = server;
  const login = { user: superuser.name, password: superuser.password, database: env.DATABASE_NAME ?? '' };
  const client = new pg.Client({ host, port, ...login });
  await client.connect();
  await client.query('CHECKPOINT').finally(() => client.end());
};

const surroundings = await startSurroundings({ [benchKey]: { is_admin: true } });
await writeEverything(surroundings);
const redis = await startRedisBehindProxy();
const { server, postgres, mlflow, auth } = surroundings;
const proxies: Record<Faulty, FaultProxy | undefined> = { postgres, mlflow, auth, redis: redis?.proxy };
const slowPorts = new Map<FaultProxy, { well: number; slow: number }>();
const now = new Map<FaultProxy, Fault>();
const slowProxies: { dispose(): void }[] = [];
for (const proxy of Object.values(proxies)) {
  if (!proxy) continue;
  const slow = await startSlowProxy(proxy.target, slowMs);
  slowProxies.push(slow);
  slowPorts.set(proxy, { well: proxy.target, slow: slow.port });
}

const setFault = async ({ dependency, fault }: { dependency: Faulty; fault: Fault }): Promise<void> => {
  const proxy = proxies[dependency];
  if (!proxy) return;
  const before = now.get(proxy) ?? 'none';
  now.set(proxy, fault);
  const ports = slowPorts.get(proxy);
  if (ports) proxy.target = fault === 'slow' ? ports.slow : ports.well;
  proxy.silent = fault === 'hang';
  if (before === 'refuse' && fault !== 'refuse') await proxy.listen();
  if (fault === 'refuse' && before !== 'refuse') await proxy.refuse();
  if (fault === 'hang') proxy.blackHole();
  // What hung stays dead and silent, as when the host behind it was replaced.
  else if (before !== 'hang' && before !== fault) proxy.cut();
};

const env = Object.fromEntries(Object.entries(surroundings.env).filter(([name]) => !testsOnly.test(name)));
const ready: Ready = {
  env: { ...env, ...redis?.env },
  postgresPort: server.port,
  redis: redis !== undefined,
};
serveParent(
  ready,
  { setFault, stopPostgres: () => server.stop('immediate'), startPostgres: () => server.start() },
  async () => {
    for (const proxy of slowProxies) proxy.dispose();
    await Promise.all([surroundings.dispose(), redis?.dispose()]);
  },
);
