import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSecretReader, type Report } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runConnectivity } from '../../lambdas/connectivity-probe/run.ts';
import { type BlackHole, openBlackHole } from '../fixtures/black-hole.ts';
import { scriptedServer } from '../fixtures/scripted-server.ts';

const deadlineMs = 1_000;
/** What a machine that runs other tests beside may add; alone it is below 100 ms. */
const slackMs = 1_500;

const disposables: (() => void)[] = [];
let hole: BlackHole;

beforeAll(async () => {
  hole = await openBlackHole();
  disposables.push(hole.dispose);
});
afterAll(() => {
  for (const dispose of disposables) dispose();
});

const never = createSecretReader(() => new Promise(() => undefined), { timeoutMs: 60_000 });

const probe = async (
  port: number,
  more: Record<string, string> = {},
): Promise<{ report: Report; ms: number }> => {
  const host = '127.0.0.1';
  const settings = readSettings({
    DATABASE_URL: `postgresql://u:p@${host}:${port}/d`,
    REDIS_ENABLED: 'true',
    REDIS_URL: `redis://${host}:${port}`,
    REDIS_CONNECT_TIMEOUT: '20',
    REDIS_COMMAND_TIMEOUT: '10',
    MLFLOW_TRACKING_URI: `http://${host}:${port}`,
    AUTH_SERVICE_URL: `http://${host}:${port}`,
    AUTH_SERVICE_TIMEOUT: '20',
    PROBE_DEADLINE: String(deadlineMs / 1_000),
    ...more,
  });
  const begin = performance.now();
  const { report } = await runConnectivity(settings, never);
  return { report, ms: performance.now() - begin };
};

/** A server that says this and then nothing more. */
const saying = async (text: string | Buffer): Promise<number> => {
  const server = await scriptedServer((socket) => socket.once('data', () => socket.write(text)));
  disposables.push(server.dispose);
  return server.port;
};

describe('the probe ends at its deadline', () => {
  test('and keeps a part of it for finding out why', async () => {
    const { report } = await probe(await saying(''), { DATABASE_CONNECT_TIMEOUT: '60' });
    const told = report.checks.map(({ evidence }) => String(evidence?.toldApart));
    for (const text of told) expect(text).toContain('the port was asked again');
  });

  test.each<[string, () => Promise<number> | number, Record<string, string>]>([
    ['connections are not answered', () => hole.port, {}],
    ['nothing is said after the connection', () => saying(''), {}],
    ['TLS is agreed on and not made', () => saying('S'), {}],
    ['a login without TLS is not answered', () => saying(''), { DATABASE_SSL_MODE: 'disable' }],
    ['an answer begins and stops', () => saying('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'), {}],
    ['one reply of Redis comes, and no other', () => saying('+PONG\r\n'), {}],
    [
      'the secret is not read',
      () => saying(''),
      {
        DATABASE_URL: 'postgresql://u@127.0.0.1/d',
        DATABASE_SECRET_ID: 'app',
        REDIS_AUTH_TOKEN_SECRET_ID: 'app',
      },
    ],
  ])('though %s', async (_what, port, more) => {
    const { report, ms } = await probe(await port(), more);
    expect(report.checks.filter(({ ok, skipped }) => ok && !skipped)).toEqual([]);
    expect(report.checks.map(({ cause }) => cause)).not.toContain('UNKNOWN');
    expect(ms).toBeLessThan(deadlineMs + slackMs);
  });
});
