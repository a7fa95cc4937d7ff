import { type AlarmDefinition, createEvaluator } from '../../../twin/alarms/index.ts';
import type { Tick } from '../../../twin/clock.ts';
import type { FaultName } from '../../../twin/faults/index.ts';
import { createHistory, remember } from '../../../twin/history.ts';
import { createMetricStore } from '../../../twin/metrics/index.ts';
import type { DashboardBody, PageSubject, PageTwin } from '../../../twin/page/index.ts';

export const minute = 60_000;
export const at = Date.UTC(2026, 0, 1);

const series = {
  namespace: 'Breakwater',
  name: 'Up',
  dimensions: { Environment: 'development', Dependency: 'postgres' },
};

const postgresDown: AlarmDefinition = {
  kind: 'metric',
  name: 'hokusai-development-postgres-down',
  description: 'It cannot use postgres. Runbook: runbooks/network.md#connect_timeout',
  series,
  statistic: 'Minimum',
  period: 60,
  threshold: 1,
  comparison: 'LessThanThreshold',
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  treatMissingData: 'notBreaching',
  actions: { ALARM: ['arn:aws:sns:us-east-1:1:hokusai-development-page'], OK: [], INSUFFICIENT_DATA: [] },
};

const up = ['Breakwater', 'Up', 'Environment', 'development', 'Dependency', 'postgres'];
const place = { x: 0, y: 0, width: 12, height: 6 };

export const dashboard: DashboardBody = {
  start: '-PT3H',
  widgets: [
    { ...place, type: 'text', properties: { markdown: '**Lost**: see `runbooks/dns.md#dns_timeout`' } },
    {
      ...place,
      type: 'metric',
      properties: {
        title: 'Up',
        view: 'timeSeries',
        period: 60,
        metrics: [
          [...up, { stat: 'Minimum', label: 'postgres', color: '#123456' }],
          ['AWS/RDS', 'CPUUtilization', 'DBInstanceIdentifier', 'x', { stat: 'Average', label: 'busy' }],
        ],
      },
    },
  ],
};

/** A twin whose probe measures what it is told; everything that judges and keeps is the real thing. */
export const createSubject = (change: Partial<PageTwin> = {}) => {
  const store = createMetricStore();
  const evaluator = createEvaluator([postgresDown], store, at);
  const injected = new Set<FaultName>();
  const twin: PageTwin = {
    environment: 'development',
    service: {
      url: 'http://127.0.0.1:9',
      address: () => '127.0.0.1:8001',
      status: () => ({ state: 'healthy', reason: undefined, lastCheckMs: 2, dropped: 0 }),
      health: () => undefined,
      problems: () => [],
    },
    evaluator,
    store,
    dashboard,
    consumer: { taken: 3, again: 0, problem: undefined },
    leftOut: ['the rotation of secrets'],
    unknownCalls: new Set(),
    inject: async (name) => void injected.add(name),
    lift: async (name) => void injected.delete(name),
    injected: () => [...injected],
    ...change,
  };
  const history = createHistory();
  const subject: PageSubject = { twin, history, tickSeconds: 5 };
  let number = 0;
  /** Lets an alarm minute pass in which the probe has measured this. */
  const pass = (value: 0 | 1): void => {
    const start = at + number * minute;
    store.add({ ...series, unit: 'None', at: start, values: [value] });
    const tick: Tick = {
      number,
      at: start,
      outcomes: [],
      transitions: evaluator.evaluate(start + minute),
      samples: [],
    };
    number += 1;
    remember(history, tick);
  };
  return { subject, pass };
};
