import type { Check } from '../../core/checks/index.ts';
import type { Alarm, MetricAlarmDefinition } from '../../twin/alarms/index.ts';
import type { ProbeOutcome } from '../../twin/probes.ts';
import { rowsOf, type View } from '../../twin/terminal/index.ts';

export const at = Date.UTC(2026, 0, 1);

export const passing = (dependency: Check['dependency']): Check => ({
  dependency,
  target: 'localhost:5432/mlflow_db',
  ok: true,
  layer: 'query',
  durationMs: 23.4,
});

export const failing: Check = {
  ...passing('postgres'),
  ok: false,
  layer: 'tls',
  cause: 'TLS_CERTIFICATE_NOT_YET_VALID',
  detail: 'the certificate is valid from tomorrow on',
  remedy: 'Wait, or set the clock of the server right.',
  runbook: 'runbooks/tls.md#tls_certificate_not_yet_valid',
};

export const outcome = (checks: Check[], problems: string[] = []): ProbeOutcome => ({
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

export const alarm = (
  name: string,
  dependency: string,
  state: Alarm['state'],
): Alarm & { definition: MetricAlarmDefinition } => ({
  state,
  reason: '',
  since: at,
  history: [],
  definition: {
    kind: 'metric',
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

export const alarms = [
  alarm('auth-down', 'auth', 'OK'),
  alarm('postgres-down', 'postgres', 'ALARM'),
  alarm('postgres-silent', 'postgres', 'OK'),
];

export const view = (change: Partial<View> = {}): View => ({
  environment: 'development',
  minute: 3,
  tickSeconds: 5,
  activity: 'next minute in 2 s',
  broken: ['tls'],
  service: { url: 'http://127.0.0.1:40001', address: '127.0.0.1:40002' },
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
  tryIt: ["curl -H 'Authorization: Bearer hk_live_key'", "'http://127.0.0.1:40001/models'"],
  leftOut: ['the SQS queue'],
  ...change,
});
