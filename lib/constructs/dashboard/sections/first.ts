import { causes } from '../../../../core/causes/index.ts';
import type { Dependency } from '../../../../core/checks/index.ts';
import type { MetricName } from '../../../../core/metrics/index.ts';
import { ownSeries } from '../own-series.ts';
import type { Subject } from '../subject.ts';
import type { Cell, MetricWidget, Section, Series, Widget } from '../widget.ts';

/** What users lose while a dependency is away, in a few words, and the page to begin with. */
const losses: Readonly<Record<Dependency, { lost: string; runbook: string }>> = {
  postgres: {
    lost: 'registration and every route that reads the database',
    runbook: causes.CONNECT_TIMEOUT.runbook,
  },
  redis: { lost: 'nothing yet: events wait in PostgreSQL', runbook: causes.CONNECTION_REFUSED.runbook },
  mlflow: { lost: 'the MLflow proxy and registration', runbook: causes.NO_HEALTHY_TARGET.runbook },
  auth: { lost: 'requests whose API key is not in the cache', runbook: causes.UPSTREAM_ERROR.runbook },
};

const lossText = ({ dependencies, runbooks }: Subject): string =>
  [
    '**Without it is lost**\n',
    ...dependencies.map((dependency) => {
      const { lost, runbook } = losses[dependency];
      return `- **${dependency}**: ${lost}. ${runbooks.link('Runbook', runbook)}`;
    }),
    `- **silence** of a probe: nobody is told. ${runbooks.link('Runbook', 'runbooks/probes.md#silence')}`,
  ].join('\n');

/**
 * Good over valid requests. Valid is what a target was chosen for, and what none could be chosen for (503 of
 * the load balancer, which RequestCount leaves out); good is what was not answered with 5xx.
 */
const availability = (fullName: string): MetricWidget => {
  const count = (id: string, metric: string): Series => ({
    namespace: 'AWS/ApplicationELB',
    metric,
    dimensions: { LoadBalancer: fullName },
    stat: 'Sum',
    id,
    hidden: true,
  });
  return {
    kind: 'metric',
    title: 'Requests answered well, last hour (%)',
    view: 'figure',
    period: 60,
    over: '-PT1H',
    series: [
      count('requests', 'RequestCount'),
      count('own503', 'HTTPCode_ELB_503_Count'),
      count('own5xx', 'HTTPCode_ELB_5XX_Count'),
      count('target5xx', 'HTTPCode_Target_5XX_Count'),
      {
        expression:
          '100 * (1 - (FILL(own5xx, 0) + FILL(target5xx, 0)) / (FILL(requests, 0) + FILL(own503, 0)))',
        label: 'good / valid',
      },
    ],
  };
};

const health = (environment: string): MetricWidget => ({
  kind: 'metric',
  title: '/health: 0 healthy, 1 degraded, 2 unhealthy',
  view: 'figure',
  period: 60,
  series: [ownSeries('HealthStatus', environment, { label: 'worst task' })],
});

/**
 * Stacked to all changes. Both metrics are published when something changes, and not before: what is missing
 * is 0.
 */
const changes = (environment: string): MetricWidget => {
  const count = (name: MetricName, look: Partial<Series>): Series => ({
    ...ownSeries(name, environment, {}),
    ...look,
  });
  return {
    kind: 'metric',
    title: 'What changed: changes of configuration in 5 min',
    view: 'counts',
    period: 300,
    series: [
      count('ConfigurationChangesByHand', { id: 'hand', label: 'by hand', color: '#d9603b' }),
      count('ConfigurationChanges', { id: 'all', hidden: true }),
      { expression: 'FILL(all, 0) - FILL(hand, 0)', label: 'by a deployment', color: '#3f83c9' },
    ],
    axis: { label: 'changes', min: 0 },
    watchedBy: ['configuration-changed-by-hand'],
  };
};

const present = (widgets: readonly (Widget | false | undefined)[]): Widget[] =>
  widgets.filter((widget) => widget !== undefined && widget !== false);

/** Is it up, what is lost, since when, what changed: what the person asks who was woken. */
export const first = (subject: Subject): Section => {
  const { environment, loadBalancer, changeLogs, service } = subject;
  const figures = present([
    loadBalancer && availability(loadBalancer.fullName),
    service && health(environment),
  ]);
  const top: Cell[] = [
    {
      widgets: [
        {
          kind: 'alarms',
          title: 'Is it up, and since when',
          conditions: ['user-impact', 'postgres-down', 'mlflow-down', 'auth-down', 'redis-down'],
        },
      ],
    },
    { widgets: [{ kind: 'text', markdown: lossText(subject) }] },
    ...(figures.length > 0 ? [{ width: 6, widgets: figures }] : []),
  ];
  const changed: Cell[] = changeLogs
    ? [
        { width: 9, widgets: [changes(environment)] },
        {
          widgets: [
            {
              kind: 'log',
              title: 'Who changed what',
              logGroups: changeLogs,
              query:
                'fields coalesce(at, time) as moment, actor, how, action, target | filter ispresent(action) and ispresent(target) | sort @timestamp desc | limit 20',
            },
          ],
        },
      ]
    : [];
  return {
    title: `${environment}: is it up, what is lost, since when, what changed`,
    rows: [{ height: 6, cells: top }, ...(changed.length > 0 ? [{ height: 5, cells: changed }] : [])],
  };
};
