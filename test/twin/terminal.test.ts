import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Check } from '../../core/checks/index.ts';
import type { Alarm } from '../../twin/alarms/index.ts';
import type { ProbeOutcome } from '../../twin/probes.ts';
import { rowsOf, screenLines, tickLines, type View } from '../../twin/terminal/index.ts';

const at = Date.UTC(2026, 0, 1);

const passing = (dependency: Check['dependency']): Check => ({
  dependency,
  target: 'localhost:5432/mlflow_db',
  ok: true,
  layer: 'query',
  durationMs: 23.4,
});

const failing: Check = {
  ...passing('postgres'),
  ok: false,
  layer: 'tls',
  cause: 'TLS_CERTIFICATE_NOT_YET_VALID',
  detail: 'the certificate is valid from tomorrow on',
  remedy: 'Wait, or set the clock of the server right.',
  runbook: 'runbooks/tls.md#tls_certificate_not_yet_valid',
};

const outcome = (checks: Check[], problems: string[] = []): ProbeOutcome => ({
  functionName: 'hokusai-development-connectivity-probe',
  at: new Date(at),
  report: { probe: 'connectivity', environment: 'development', at: '', durationMs: 50, ok: false, checks },
  samples: checks.map(({ dependency }) => ({
    ...{ namespace: 'Breakwater', name: 'Up', unit: 'None', at, values: [1] },
    dimensions: { Environment: 'development', Dependency: dependency },
  })),
  problems,
  durationMs: 60,
  failed: false,
});

const alarm = (name: string, dependency: string, state: Alarm['state']): Alarm => ({
  state,
  reason: '',
  since: at,
  definition: {
    name: `hokusai-development-${name}`,
    description: '',
    series: {
      namespace: 'Breakwater',
      name: 'Up',
      dimensions: { Environment: 'development', Dependency: dependency },
    },
    statistic: 'Minimum',
    period: 60,
    threshold: 1,
    comparison: 'LessThanThreshold',
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: 'notBreaching',
    actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
  },
});

const alarms = [
  alarm('auth-down', 'auth', 'OK'),
  alarm('postgres-down', 'postgres', 'ALARM'),
  alarm('postgres-silent', 'postgres', 'OK'),
];

const view = (change: Partial<View> = {}): View => ({
  environment: 'development',
  minute: 3,
  tickSeconds: 5,
  activity: 'next minute in 2 s',
  broken: ['tls'],
  rows: rowsOf([outcome([failing, passing('auth')])], alarms, at),
  alarms,
  transitions: [
    {
      minute: 2,
      transition: {
        alarm: 'hokusai-development-postgres-down',
        ...{ from: 'OK', to: 'ALARM', at, reason: 'Threshold Crossed', actions: ['arn:aws:sns:r:0:page'] },
      },
    },
  ],
  lastFailure: { minute: 3, probe: 'connectivity', check: failing },
  problems: [],
  leftOut: ['the message queue'],
  ...change,
});

describe('the live table', () => {
  test('shows dependency, layer, cause, latency and alarm state at 80 columns', () => {
    const lines = screenLines(view(), { columns: 80, rows: 40, color: false });
    const row = lines.find((line) => line.startsWith('postgres '));
    expect(row).toMatch(/^postgres +connectivity +tls +TLS_CERTIFICATE_NOT_YET_VALID +23 ms +ALARM$/);
    expect(lines.find((line) => line.startsWith('auth '))).toMatch(/query +ok +23 ms +OK$/);
  });

  test('shows the whole cause, detail, remedy and runbook of the last failure below it', () => {
    const text = screenLines(view(), { columns: 80, rows: 40, color: false }).join('\n');
    for (const part of [failing.cause, failing.detail, failing.remedy, failing.runbook])
      expect(text).toContain(part);
  });

  test('keeps dependency, cause and alarm where the terminal is narrow', () => {
    const lines = screenLines(view(), { columns: 50, rows: 40, color: false });
    expect(lines.find((line) => line.startsWith('postgres '))).toMatch(/TLS_CERTIFICATE\S+ +ALARM$/);
  });

  test('fits any terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 46, max: 200 }), fc.integer({ min: 6, max: 60 }), (columns, rows) => {
        const lines = screenLines(view(), { columns, rows, color: false });
        expect(lines.length).toBeLessThan(rows);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('shows a probe that did not report as failed, with the reason', () => {
    const { report: _, ...silent } = outcome([], ['Sandbox.Timedout: Task timed out']);
    const [row] = rowsOf([silent], alarms, at);
    expect(row).toMatchObject({ state: 'failed', cause: 'Sandbox.Timedout: Task timed out' });
  });

  test('shows the worst of the alarms that watch what the row measures, and none of another dependency', () => {
    const rows = rowsOf([outcome([passing('postgres'), passing('auth')])], alarms, at);
    expect(rows.map((row) => row.alarm)).toEqual(['ALARM', 'OK']);
  });
});

describe('where no table can be drawn', () => {
  test('a minute is a line, and each new cause and each change of an alarm is one more', () => {
    const lines = tickLines(view(), undefined);
    expect(lines[0]).toBe('minute 003 postgres TLS_CERTIFICATE_NOT_YET_VALID ALARM | auth ok (query, 23 ms)');
    expect(lines[1]).toContain('the certificate is valid from tomorrow on. Wait');
    expect(lines[2]).toBe(
      'minute 003 alarm hokusai-development-postgres-down: OK -> ALARM. Threshold Crossed',
    );
    expect(tickLines(view({ minute: 4 }), view())).toHaveLength(1);
  });
});
