import { type Placed, place } from './layout.ts';
import { type AlarmsByCondition, thresholdLines } from './thresholds.ts';
import type { MetricWidget, Row, Section, Widget } from './widget.ts';

export interface BodyOptions {
  region: string;
  alarms: AlarmsByCondition;
}

/** Three hours: what led to a page, and what came of it. */
const defaultRange = '-PT3H';

const thresholdColor = '#d13212';

type Json = Record<string, unknown>;

/** Without alarm widgets that would be empty; what is left beside one takes its room. */
const without = ({ cells, height }: Row, { alarms }: BodyOptions): Row => {
  const left = cells
    .map((cell) => ({
      ...cell,
      widgets: cell.widgets.filter(
        (widget) => widget.kind !== 'alarms' || widget.conditions.some((one) => alarms.has(one)),
      ),
    }))
    .filter(({ widgets }) => widgets.length > 0);
  if (left.length === cells.length || left.some(({ width }) => width === undefined))
    return { height, cells: left };
  return { height, cells: left.map(({ widgets }) => ({ widgets })) };
};

const metricEntry = (entry: MetricWidget['series'][number]): unknown[] => {
  if ('expression' in entry) return [entry];
  const { namespace, metric, dimensions, stat, label, color, id, hidden } = entry;
  return [
    namespace,
    metric,
    ...Object.entries(dimensions).flat(),
    {
      stat,
      ...(label && { label }),
      ...(color && { color }),
      ...(id && { id }),
      ...(hidden && { visible: false }),
    },
  ];
};

const metricProperties = (widget: MetricWidget, { region, alarms }: BodyOptions): Json => {
  const { title, view, period, series, axis, lines = [], over } = widget;
  const thresholds = thresholdLines(widget, alarms).map((line) => ({ ...line, color: thresholdColor }));
  const horizontal = view === 'figure' ? [] : [...lines, ...thresholds];
  return {
    title,
    region,
    view: view === 'figure' ? 'singleValue' : 'timeSeries',
    stacked: view === 'counts',
    period,
    metrics: series.map(metricEntry),
    ...(view === 'figure' &&
      (over ? { setPeriodToTimeRange: true, start: over, end: 'P0D' } : { sparkline: true })),
    // The label of the axis is the unit; CloudWatch's own would stand beside it.
    ...(axis && { yAxis: { left: { ...axis, showUnits: false } } }),
    ...(horizontal.length > 0 && { annotations: { horizontal } }),
  };
};

const written: {
  [Kind in Widget['kind']]: (
    widget: Extract<Widget, { kind: Kind }>,
    options: BodyOptions,
  ) => { type: string; properties: Json };
} = {
  metric: (widget, options) => ({ type: 'metric', properties: metricProperties(widget, options) }),
  alarms: ({ title, conditions }, { alarms }) => ({
    type: 'alarm',
    properties: {
      title,
      alarms: conditions.flatMap((condition) => alarms.get(condition)?.alarmArn ?? []),
      // What changed last stands first.
      sortBy: 'stateUpdatedTimestamp',
    },
  }),
  text: ({ markdown, bare }) => ({
    type: 'text',
    properties: { markdown, ...(bare && { background: 'transparent' }) },
  }),
  log: ({ title, logGroups, query }, { region }) => ({
    type: 'log',
    properties: {
      title,
      region,
      query: [...logGroups.map((name) => `SOURCE '${name}'`), query].join(' | '),
      view: 'table',
    },
  }),
};

const write = ({ widget, ...at }: Placed, options: BodyOptions): Json => ({
  ...at,
  // The table has an entry for each kind; the compiler cannot see that the two are of the same one.
  ...(written[widget.kind] as (one: Widget, options: BodyOptions) => Json)(widget, options),
});

/** The body of the dashboard, as `PutDashboard` takes it. */
export const bodyOf = (sections: readonly Section[], options: BodyOptions): Json => {
  const rows = sections.flatMap(({ title, rows }): Row[] => [
    { height: 1, cells: [{ widgets: [{ kind: 'text', markdown: `## ${title}`, bare: true }] }] },
    ...rows.map((row) => without(row, options)).filter(({ cells }) => cells.length > 0),
  ]);
  return {
    start: defaultRange,
    periodOverride: 'inherit',
    widgets: place(rows).map((placed) => write(placed, options)),
  };
};
