import { causes } from '../../../../core/causes/index.ts';
import type { ConditionName } from '../../../../core/conditions/index.ts';
import { ownSeries } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { Graph, Section, Series } from '../widget.ts';

/** The RDS instance. */
export const database = (
  { environment, runbooks }: Subject,
  { instanceIdentifier, connectionLimit }: NonNullable<Subject['database']>,
): Section => {
  const series = (metric: string, stat: string, label: string): Series => ({
    namespace: 'AWS/RDS',
    metric,
    dimensions: { DBInstanceIdentifier: instanceIdentifier },
    stat,
    label,
  });
  const graph = (
    title: string,
    one: Series,
    axis: NonNullable<Graph['axis']>,
    watchedBy: readonly ConditionName[],
  ): Graph => ({
    kind: 'metric',
    title,
    view: 'course',
    period: 60,
    series: [one],
    axis,
    watchedBy,
  });
  const headroom = ownSeries('ConnectionHeadroomPercent', environment, {
    dependency: 'postgres',
    label: 'left',
  });
  return {
    title: `The database. ${runbooks.link('Few connections left', causes.HEADROOM_LOW.runbook)} · ${runbooks.link('Disk full', causes.DISK_FULL.runbook)}`,
    rows: [
      {
        height: 6,
        cells: [
          {
            widgets: [
              {
                ...graph(
                  'Connections',
                  series('DatabaseConnections', 'Maximum', 'open'),
                  { label: 'connections', min: 0 },
                  ['database-connections-high'],
                ),
                lines: [
                  { value: connectionLimit, label: `limit of the instance class (${connectionLimit})` },
                ],
              },
            ],
          },
          {
            widgets: [
              graph('Connections left for the service', headroom, { label: '%', min: 0, max: 100 }, [
                'connections-headroom-low',
                'connections-headroom-critical',
              ]),
            ],
          },
          {
            widgets: [
              graph(
                'Processor',
                series('CPUUtilization', 'Average', 'busy'),
                { label: '%', min: 0, max: 100 },
                ['database-cpu-high'],
              ),
            ],
          },
          {
            widgets: [
              graph(
                'Memory that can be freed',
                series('FreeableMemory', 'Average', 'free'),
                { label: 'bytes', min: 0 },
                ['database-memory-low'],
              ),
            ],
          },
        ],
      },
      {
        height: 6,
        cells: [
          {
            widgets: [
              graph(
                'Storage left',
                series('FreeStorageSpace', 'Minimum', 'free'),
                { label: 'bytes', min: 0 },
                ['database-storage-low'],
              ),
            ],
          },
          {
            widgets: [
              graph(
                'Time of a write',
                series('WriteLatency', 'p90', 'slowest 10 %'),
                { label: 's', min: 0 },
                ['database-writes-slow'],
              ),
            ],
          },
          {
            widgets: [
              graph(
                'Transaction ids in use (stops at 2,147 million)',
                series('MaximumUsedTransactionIDs', 'Maximum', 'in use'),
                { label: 'ids', min: 0 },
                ['database-transaction-ids'],
              ),
            ],
          },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of the database',
                conditions: [
                  'connections-headroom-critical',
                  'connections-headroom-low',
                  'database-connections-high',
                  'database-cpu-high',
                  'database-memory-low',
                  'database-storage-low',
                  'database-writes-slow',
                  'database-transaction-ids',
                  'capacity-probe-silent',
                ],
              },
            ],
          },
        ],
      },
    ],
  };
};
