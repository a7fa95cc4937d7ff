import { eachDependency, ownSeries } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { MetricWidget, Section } from '../widget.ts';

/** The codes of FailedLayer, named beside the axis. */
const layers = [
  'none',
  'config',
  'dns',
  'tcp',
  'tls',
  'auth',
  'database',
  'query',
  'capacity',
  'protocol',
].map((name, value) => ({ value, label: `${value} ${name}` }));

/** How far a check gets with each dependency, and where it fails. */
export const ladder = ({ environment, dependencies, runbooks }: Subject): Section => {
  const each = (name: Parameters<typeof eachDependency>[0]) =>
    eachDependency(name, environment, dependencies);
  const up: MetricWidget = {
    kind: 'metric',
    title: 'Passed every layer: 1 yes, 0 no',
    view: 'figure',
    period: 60,
    series: each('Up'),
  };
  const layer: MetricWidget = {
    kind: 'metric',
    title: 'Layer that failed',
    view: 'course',
    period: 60,
    series: each('FailedLayer'),
    axis: { label: 'layer', min: 0, max: 9 },
    lines: layers,
  };
  const duration: MetricWidget = {
    kind: 'metric',
    title: 'How long a check takes',
    view: 'course',
    period: 60,
    series: [
      ...each('DurationMs'),
      ...(dependencies.includes('postgres')
        ? [
            ownSeries('ConnectDurationMs', environment, {
              dependency: 'postgres',
              label: 'postgres, to connect',
            }),
          ]
        : []),
    ],
    axis: { label: 'ms', min: 0 },
    watchedBy: ['postgres-connect-slow'],
  };
  const certificate: MetricWidget = {
    kind: 'metric',
    title: 'Days until a certificate expires',
    view: 'figure',
    period: 300,
    series: each('CertificateDaysLeft'),
  };
  const configuration: MetricWidget = {
    kind: 'metric',
    title: 'Configuration that does not fit',
    view: 'course',
    period: 300,
    series: [
      {
        ...ownSeries('DatabaseNameMismatch', environment, { dependency: 'postgres' }),
        label: 'names',
        color: '#d9603b',
      },
      {
        ...ownSeries('ConfigurationDrift', environment, { dependency: 'postgres' }),
        label: 'drift',
        color: '#b8860b',
      },
    ],
    axis: { label: 'findings', min: 0 },
    watchedBy: ['database-name-mismatch', 'configuration-drift'],
  };
  return {
    title: `The way to each dependency, layer by layer. ${runbooks.link('How to read a layer', 'runbooks/README.md#first')}`,
    rows: [
      {
        height: 7,
        cells: [{ widgets: [layer] }, { widgets: [duration] }, { width: 6, widgets: [up, certificate] }],
      },
      {
        height: 5,
        cells: [
          { width: 9, widgets: [configuration] },
          {
            widgets: [
              {
                kind: 'alarms',
                title: 'Alarms of the probes',
                conditions: [
                  'postgres-unreachable',
                  'postgres-refuses-login',
                  'postgres-lost',
                  'postgres-connect-slow',
                  'connectivity-probe-silent',
                  'connectivity-probe-slow',
                  'postgres-certificate-expiring',
                  'auth-certificate-expiring',
                  'database-name-mismatch',
                  'configuration-drift',
                  'database-name-probe-silent',
                  'network-path-probe-silent',
                ],
              },
            ],
          },
        ],
      },
    ],
  };
};
