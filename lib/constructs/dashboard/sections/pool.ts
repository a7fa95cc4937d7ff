import { causes } from '../../../../core/causes/index.ts';
import { ownSeries } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { MetricWidget, Section } from '../widget.ts';

/** The service's own connections to PostgreSQL. */
export const pool = ({ environment, runbooks }: Subject): Section => {
  const series = (name: Parameters<typeof ownSeries>[0], label: string) =>
    ownSeries(name, environment, { dependency: 'postgres', label });
  const used: MetricWidget = {
    kind: 'metric',
    title: 'Pool in use, fullest task',
    view: 'course',
    period: 60,
    series: [series('PoolUtilizationPercent', 'in use')],
    axis: { label: '%', min: 0, max: 100 },
  };
  const waiting: MetricWidget = {
    kind: 'metric',
    title: 'Requests that wait for a connection',
    view: 'course',
    period: 60,
    series: [series('PoolWaiting', 'most at a time')],
    axis: { label: 'requests', min: 0 },
    watchedBy: ['pool-waiting'],
  };
  const attempts: MetricWidget = {
    kind: 'metric',
    title: 'Connections wanted, and not had',
    view: 'course',
    period: 60,
    series: [
      series('ConnectionAttempts', 'wanted'),
      { ...series('ConnectionFailures', 'not had'), color: '#d9603b' },
    ],
    axis: { label: 'a minute', min: 0 },
  };
  const queries: MetricWidget = {
    kind: 'metric',
    title: 'Queries, slowest 1 %',
    view: 'course',
    period: 60,
    series: [series('QueryDurationMs', 'p99')],
    axis: { label: 'ms', min: 0 },
    watchedBy: ['queries-slow'],
  };
  return {
    title: `The pool. ${runbooks.link('Requests wait', causes.POOL_EXHAUSTED.runbook)}`,
    rows: [
      {
        height: 6,
        cells: [
          { widgets: [used] },
          { widgets: [waiting] },
          { widgets: [attempts] },
          { widgets: [queries] },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of the pool',
                conditions: ['connections-failing', 'pool-waiting', 'queries-slow'],
              },
            ],
          },
        ],
      },
    ],
  };
};
