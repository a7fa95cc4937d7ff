import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type MetricDefinition, metrics, namespace } from '../../../core/metrics/index.ts';
import { accountOf } from '../../../lib/cost/index.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { alarmNamed, awsMetrics, dashboardOf, shownMetrics } from './dashboard-body.ts';
import { cases, type Json, resourcesOf } from './synthesized.ts';

const catalogue: Readonly<Record<string, MetricDefinition>> = metrics;

const sections = [
  'is it up, what is lost, since when, what changed',
  'The way to each dependency',
  'The pool',
  'Circuit breakers',
  'Messages',
  'The database',
  'Tasks',
  'The load balancer',
  'The monitoring itself',
];

/** Whether these may be the same dimensions: where one has the name of a resource, the other may refer to it. */
const alike = (shown: Record<string, string>, ofAlarm: Json[] = []): boolean =>
  Object.keys(shown).sort().join() ===
    ofAlarm
      .map(({ Name }) => Name)
      .sort()
      .join() &&
  ofAlarm.every(
    ({ Name, Value }) => typeof Value !== 'string' || shown[Name] === Value || shown[Name]?.startsWith('{'),
  );

const anchorsOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(' ', '-')
      .replace(/[^a-z0-9_-]/g, ''),
  );

describe.each(cases)('the dashboard of %s', (_name, one) => {
  const { environment, templates } = one;
  const { name, widgets, body } = dashboardOf(one);
  const shown = shownMetrics(widgets);
  const texts: string[] = widgets
    .filter(({ type }) => type === 'text')
    .map(({ properties }) => properties.markdown);
  const graphs = widgets.filter(({ properties }) => properties.view === 'timeSeries');
  /** Alarms that compare one metric. */
  const singles = resourcesOf(templates.Observability, 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties)
    .filter(({ MetricName }) => MetricName !== undefined);
  const watchedBy = (metric: string): string[] =>
    singles.filter(({ MetricName }) => MetricName === metric).map(({ Statistic }) => Statistic);
  const titled = (title: string): Json => widgets.find(({ properties }) => properties.title === title);

  test('has the name of the environment, and every section in its order', () => {
    expect(name).toBe(`${environment.project}-${environment.name}`);
    const headings = texts.filter((text) => text.startsWith('## '));
    const wanted = sections.toSpliced(7, 0, ...(environment.cache.enabled ? ['Redis'] : []));
    expect(headings).toHaveLength(wanted.length);
    for (const [place, title] of wanted.entries()) expect(headings[place]).toContain(title);
  });

  test('fills 24 columns without a gap and without an overlap', () => {
    const taken = new Map<string, string>();
    for (const { x, y, width, height, properties } of widgets)
      for (let row = y; row < y + height; row += 1)
        for (let column = x; column < x + width; column += 1) {
          const cell = `${row}:${column}`;
          expect([cell, taken.get(cell)]).toEqual([cell, undefined]);
          taken.set(cell, properties.title ?? 'text');
        }
    const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
    expect(taken.size).toBe(24 * bottom);
  });

  test('stays within what CloudWatch takes', () => {
    expect(shown.length).toBeLessThanOrEqual(500);
    expect(widgets.length).toBeLessThanOrEqual(500);
    for (const { type, properties } of widgets.filter((widget) => widget.type === 'metric'))
      expect([type, properties.region, properties.period % 60]).toEqual(['metric', environment.region, 0]);
  });

  test('shows metrics of the catalogue by its statistic or that of an alarm, and such as AWS publishes', () => {
    for (const { metric, dimensions, stat, ...of } of shown) {
      if (of.namespace === namespace) {
        const definition = catalogue[metric];
        expect([metric, Object.keys(dimensions)]).toEqual([metric, definition?.dimensions]);
        expect([metric, stat, [definition?.statistic, ...watchedBy(metric)].includes(stat)]).toEqual([
          metric,
          stat,
          true,
        ]);
        expect(dimensions.Environment).toBe(environment.name);
        if (dimensions.Dependency) expect(definition?.dependencies).toContain(dimensions.Dependency);
      } else {
        expect([metric, Object.keys(dimensions)]).toEqual([metric, awsMetrics[of.namespace]?.[metric]]);
      }
    }
  });

  test('shows nothing of a dependency that is off', () => {
    const dependencies = new Set(shown.map(({ dimensions }) => dimensions.Dependency).filter(Boolean));
    expect(dependencies.has('redis')).toBe(environment.cache.enabled);
    expect(shown.some((series) => series.namespace === 'AWS/ElastiCache')).toBe(environment.cache.enabled);
  });

  test('draws nothing twice', () => {
    const drawn = shown
      .filter(({ visible }) => visible)
      .map(({ title: _title, visible: _visible, ...series }) => JSON.stringify(series));
    expect(drawn).toEqual([...new Set(drawn)]);
  });

  test('leaves no metric of the catalogue out that is published here', () => {
    const onRedis = environment.settings.MESSAGE_QUEUE_TYPE === 'redis';
    const drawn = new Set(shown.map(({ metric }) => metric));
    const left = Object.keys(catalogue)
      .filter((metric) => !drawn.has(metric))
      .filter((metric) => metric !== 'ConsumerIdleSeconds' || onRedis);
    expect(left).toEqual([]);
  });

  test('says the unit at every axis, and the names of codes', () => {
    for (const { properties } of widgets.filter(({ type }) => type === 'metric')) {
      if (properties.view === 'singleValue') continue;
      expect([properties.title, properties.yAxis?.left.label.length > 0]).toEqual([properties.title, true]);
    }
    const labels = (title: string) =>
      titled(title).properties.annotations.horizontal.map(({ label }: Json) => label);
    expect(labels('Layer that failed')).toEqual([
      '0 none',
      '1 config',
      '2 dns',
      '3 tcp',
      '4 tls',
      '5 auth',
      '6 database',
      '7 query',
      '8 capacity',
      '9 protocol',
    ]);
    expect(labels('State of the breaker, worst task')).toEqual(['0 closed', '1 half-open', '2 open']);
    expect(titled('Layer that failed').properties.yAxis.left).toMatchObject({ min: 0, max: 9 });
  });

  test('shows every alarm once, those of the dependencies first', () => {
    const names = widgets
      .filter(({ type }) => type === 'alarm')
      .map(({ properties }) => properties.alarms.map((alarm: string) => alarmNamed(one, alarm)));
    const all = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
      .flatMap((type) => resourcesOf(templates.Observability, type))
      .map(({ Properties }) => Properties.AlarmName);
    expect(names.flat().sort()).toEqual(all.sort());
    expect(names[0]).toContain(`${name}-postgres-down`);
    expect(names[0]).toContain(`${name}-auth-down`);
  });

  test('draws the threshold of each alarm on one metric in every graph of it, beside what the alarm compares', () => {
    const drawn = singles.flatMap(({ AlarmName, MetricName, Threshold, ...alarm }) => {
      const stat = alarm.Statistic ?? alarm.ExtendedStatistic;
      // Silence is seen as a gap.
      if (stat === 'SampleCount') return [];
      const label = AlarmName.slice(name.length + 1);
      return graphs
        .filter((graph) =>
          shownMetrics([graph]).some(
            (one) =>
              one.namespace === alarm.Namespace &&
              one.metric === MetricName &&
              alike(one.dimensions, alarm.Dimensions),
          ),
        )
        .map((graph) => {
          expect([label, shownMetrics([graph]).map((one) => `${one.metric} ${one.stat}`)]).toEqual([
            label,
            expect.arrayContaining([`${MetricName} ${stat}`]),
          ]);
          const lines: Json[] = graph.properties.annotations?.horizontal ?? [];
          expect([label, lines.map((line) => [line.label, line.value])]).toEqual([
            label,
            expect.arrayContaining([[label, Threshold]]),
          ]);
          return label;
        });
    });
    expect(drawn).toEqual(
      expect.arrayContaining([
        ...['database-memory-low', 'database-writes-slow', 'responses-slow', 'healthy-targets-low'],
        ...['postgres-connect-slow', 'configuration-drift', 'service-cpu-high', 'dead-letters'],
        ...(environment.cache.enabled ? ['redis-memory-high'] : []),
      ]),
    );
  });

  test('draws no line that is not of an alarm, and none in a figure', () => {
    const known = new Set(singles.map(({ AlarmName }) => AlarmName));
    for (const { properties } of widgets.filter(({ type }) => type === 'metric'))
      for (const { label, color } of properties.annotations?.horizontal ?? []) {
        expect([properties.title, properties.view]).toEqual([properties.title, 'timeSeries']);
        if (color) expect([label, known.has(`${name}-${label}`)]).toEqual([label, true]);
      }
  });

  test('shades the side of a threshold on which its alarm goes off, and draws declared limits too', () => {
    const alarm = resourcesOf(templates.Observability, 'AWS::CloudWatch::Alarm').find(
      ({ Properties }) => Properties.AlarmName === `${name}-connections-headroom-low`,
    );
    const lines = titled('Connections left for the service').properties.annotations.horizontal;
    expect(lines).toContainEqual(
      expect.objectContaining({
        label: 'connections-headroom-low',
        value: alarm?.Properties.Threshold,
        fill: 'below',
      }),
    );
    const [limit] = titled('Connections').properties.annotations.horizontal;
    expect(limit.label).toContain('limit of the instance class');
  });

  test('answers first what users can still do: good over valid requests of the last hour', () => {
    const { properties } = titled('Requests answered well, last hour (%)');
    expect(properties).toMatchObject({ view: 'singleValue', setPeriodToTimeRange: true, start: '-PT1H' });
    const ids = properties.metrics.slice(0, -1).map((entry: Json[]) => entry.at(-1).id);
    const [{ expression }] = properties.metrics.at(-1);
    for (const id of ids) expect(expression).toContain(id);
  });

  test('asks the log of changes who changed what', () => {
    const { query } = titled('Who changed what').properties;
    const { project, name: of } = environment;
    expect(query).toContain(
      `SOURCE '/breakwater/${name}/changes' | SOURCE '/ecs/${project}-api-${of}' | fields coalesce(at, time) as moment, actor, how`,
    );
  });

  test('names only runbooks that exist, by anchors that exist', () => {
    const links = texts.flatMap((text) => [...text.matchAll(/runbooks\/[\w.#-]+/g)].map(([link]) => link));
    expect(links.length).toBeGreaterThanOrEqual(8);
    for (const link of links) {
      const [page = '', anchor = ''] = link.split('#');
      expect([link, existsSync(join(projectRoot, page))]).toEqual([link, true]);
      expect([link, anchorsOf(join(projectRoot, page)).includes(anchor)]).toEqual([link, true]);
    }
  });

  test('says in its first text what is lost without each dependency that is on', () => {
    const lost = texts.find((text) => text.includes('Without it is lost')) ?? '';
    for (const dependency of ['postgres', 'mlflow', 'auth']) expect(lost).toContain(`**${dependency}**: `);
    expect(lost.includes('**redis**')).toBe(environment.cache.enabled);
  });

  test('adds up what watching costs, as the account does', () => {
    const text = texts.find((one) => one.includes('What watching costs a month')) ?? '';
    const rows = [...text.matchAll(/^\| ([a-z ]+) \| (\d+) \| .* \| \$([\d.]+) \|$/gm)];
    const account = accountOf(environment, templates.Observability);
    const paid = ['custom metrics', 'alarms', 'composite alarms', 'dashboard'].map((item) =>
      account.rows.find((row) => row.item === item),
    );
    expect(rows.map(([, , quantity]) => Number(quantity))).toEqual(paid.map((row) => row?.quantity));
    for (const [place, [, , , amount]] of rows.entries())
      expect(Number(amount)).toBeCloseTo(paid[place]?.monthly ?? Number.NaN);
    const total = Number(/total\*\* \| \| \| \*\*\$([\d.]+)/.exec(text)?.[1]);
    expect(total).toBeCloseTo(paid.reduce((sum, row) => sum + (row?.monthly ?? 0), 0));
  });

  test('is found by an output of the stack', () => {
    const found = Object.entries(templates.Observability.Outputs ?? {}).find(([id]) =>
      id.startsWith('DashboardUrl'),
    );
    expect(found?.[1].Value).toBe(
      `https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/${name}`,
    );
  });

  test('shows the three hours that led to a page', () => {
    expect(body).toMatchObject({ start: '-PT3H', periodOverride: 'inherit' });
  });
});
