import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSecretReader } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runConnectivity } from '../../lambdas/connectivity-probe/run.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../twin/certificates.ts';
import {
  findRedis,
  freePort,
  startAuth,
  startMlflow,
  startPostgres,
  startRedis,
} from '../../twin/servers/index.ts';

const runs = 1_000;
/** Runs at the same time: enough to use the time in which one waits. */
const atOnce = 8;
const password = 'p@ss/w#rd?%';
const token = 'a-token-of-16-letters-or-more';
const program = findRedis();

const disposables: (() => unknown)[] = [];
let environment: Record<string, string>;

const redisSettings = async (authority: CertificateAuthority): Promise<Record<string, string>> => {
  if (!program) return {};
  const certificate = await authority.issue({ names: ['localhost'] });
  const redis = await startRedis({ program, port: await freePort(), certificate, token });
  disposables.push(() => redis.dispose());
  return { REDIS_ENABLED: 'true', REDIS_URL: `rediss://:${token}@localhost:${redis.port}` };
};

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, authority.certificatePem]);
  disposables.push(() => setDefaultCACertificates(before));
  const [server, mlflow, auth, redis] = await Promise.all([
    startPostgres({
      superuser: { name: 'mlflow', password },
      certificate: await authority.issue({ names: ['localhost'] }),
      requireTls: true,
    }),
    startMlflow(),
    startAuth(['a-key-of-the-probe']),
    redisSettings(authority),
  ]);
  disposables.push(
    () => server.dispose(),
    () => mlflow.close(),
    () => auth.close(),
  );
  environment = {
    DATABASE_URL: `postgresql://mlflow:${encodeURIComponent(password)}@localhost:${server.port}/postgres`,
    DATABASE_SSL_ROOT_CERT: authority.certificatePem,
    MLFLOW_TRACKING_URI: mlflow.url,
    AUTH_SERVICE_URL: auth.url,
    AUTH_PROBE_KEY: 'a-key-of-the-probe',
    ...redis,
  };
});

afterAll(async () => {
  for (const dispose of disposables.reverse()) await dispose();
});

const noSecrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 1_000 });
const probe = () => runConnectivity(readSettings(environment, { reader: 'connectivity-probe' }), noSecrets);

describe('a healthy system', () => {
  test(`gives no finding in ${runs} runs`, async () => {
    const findings: unknown[] = [];
    let left = runs;
    const work = async () => {
      while (left-- > 0) {
        const { report } = await probe();
        findings.push(...report.checks.filter(({ ok }) => !ok));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(findings).toEqual([]);
  });

  test('is written through, so that full disks and replicas show', async () => {
    const { report } = await probe();
    expect(report.checks[0]?.evidence).toMatchObject({
      writeCheck: 'made',
      clientAddress: '127.0.0.1',
      certificate: { subject: 'localhost', protocol: 'TLSv1.3' },
    });
    if (program) expect(report.checks[1]?.evidence).toMatchObject({ role: 'master' });
  });
});
