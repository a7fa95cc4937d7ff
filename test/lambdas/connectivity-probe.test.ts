import { describe, expect, test } from '@jest/globals';
import { createSecretReader, logRun } from '../../core/checks/index.ts';
import { readSettings } from '../../core/settings/index.ts';
import { runConnectivity } from '../../lambdas/connectivity-probe/run.ts';
import { scriptedServer } from '../fixtures/scripted-server.ts';

const noSecrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 100 });

const run = (environment: Record<string, string>) =>
  runConnectivity(readSettings(environment, { reader: 'connectivity-probe' }), noSecrets);

const metricsOf = (lines: string[]): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).map((line) => [line.Dependency, line]),
  );

describe('the connectivity probe', () => {
  test('with a wrong setting of its own fails every check, so that it is never silence', async () => {
    const { report, metricLines } = await run({ ENVIRONMENT: 'prod', PROBE_DEADLINE: '0' });
    expect(report.ok).toBe(false);
    expect(report.checks.map(({ cause, layer }) => [cause, layer])).toEqual(
      Array(4).fill(['SETTING_INVALID', 'config']),
    );
    expect(report.checks[0]?.evidence).toEqual({ variables: ['ENVIRONMENT', 'PROBE_DEADLINE'] });
    expect(Object.values(metricsOf(metricLines)).map(({ Up, FailedLayer }) => [Up, FailedLayer])).toEqual(
      Array(4).fill([0, 1]),
    );
  });

  test('publishes for each dependency what failed, and nothing for one that is off', async () => {
    const closed = await scriptedServer();
    closed.dispose();
    const address = `127.0.0.1:${closed.port}`;
    const { report, metricLines } = await run({
      DATABASE_URL: `postgresql://u:p@${address}/d`,
      MLFLOW_TRACKING_URI: `http://${address}`,
      AUTH_SERVICE_URL: '',
    });
    expect(report.checks.map(({ cause }) => cause)).toEqual([
      'CONNECTION_REFUSED',
      undefined,
      'CONNECTION_REFUSED',
      'SETTING_MISSING',
    ]);
    const metrics = metricsOf(metricLines);
    expect(Object.keys(metrics)).toEqual(['postgres', 'mlflow', 'auth']);
    expect(metrics.postgres).toMatchObject({
      Up: 0,
      FailedLayer: 3,
      Environment: 'development',
      cause: 'CONNECTION_REFUSED',
    });
    expect(metrics.postgres).not.toHaveProperty('ConnectDurationMs');
    expect(metrics.auth).toMatchObject({ Up: 0, FailedLayer: 1 });
  });

  test('ends within its deadline though every dependency is silent, and names each silence', async () => {
    const silent = await scriptedServer();
    const address = `127.0.0.1:${silent.port}`;
    const { report } = await run({
      DATABASE_URL: `postgresql://u:p@${address}/d`,
      REDIS_ENABLED: 'true',
      REDIS_URL: `redis://${address}`,
      MLFLOW_TRACKING_URI: `http://${address}`,
      AUTH_SERVICE_URL: `http://${address}`,
      PROBE_DEADLINE: '1',
    });
    silent.dispose();
    expect(report.checks.every(({ ok }) => !ok)).toBe(true);
    expect(report.checks.map(({ cause }) => cause)).toEqual([
      'TLS_TIMEOUT',
      'RESPONSE_TIMEOUT',
      'RESPONSE_TIMEOUT',
      'RESPONSE_TIMEOUT',
    ]);
  });

  test('logs its metrics and, last, its report as one line', async () => {
    const lines: string[] = [];
    const probeRun = await run({ PROBE_DEPENDENCIES: 'auth' });
    expect(logRun(probeRun, (line) => lines.push(line))).toBe(probeRun.report);
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? '')).toEqual(JSON.parse(JSON.stringify(probeRun.report)));
    for (const line of lines) expect(line).not.toContain('\n');
  });
});
