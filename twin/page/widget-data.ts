import {
  evaluateExpression,
  MathSyntaxError,
  type Points,
  parseExpression,
  typeOf,
} from '../metric-math/index.ts';
import type { MetricStore } from '../metrics/index.ts';
import { Refused } from '../refused.ts';
import type { DashboardWidget } from './dashboard.ts';
import { type Point, readMetric, type Window } from './read-metric.ts';

/** What is drawn for one series of a widget. */
export interface SeriesData {
  label: string;
  color?: string;
  points: Point[];
  /** Why there is nothing to draw. */
  problem?: string;
}

export interface WidgetData {
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  /** Milliseconds. */
  period: number;
  series: SeriesData[];
}

interface Options {
  stat?: string;
  label?: string;
  color?: string;
  id?: string;
  visible?: boolean;
  expression?: string;
}

const minute = 60_000;

const isOptions = (value: unknown): value is Options => typeof value === 'object' && value !== null;

/** One entry of `metrics`, which is a list of texts with options at its end. */
const readEntry = (entry: readonly unknown[]) => {
  const last = entry.at(-1);
  const options = isOptions(last) ? last : {};
  const [namespace = '', name = '', ...rest] = entry.filter((part) => typeof part === 'string');
  const dimensions: Record<string, string> = {};
  for (let place = 0; place + 1 < rest.length; place += 2)
    dimensions[rest[place] ?? ''] = rest[place + 1] ?? '';
  return { options, series: { namespace, name, dimensions } };
};

/** Minutes of a range such as `-PT1H` or `-PT30M`. */
const rangeMinutes = (text: string | undefined): number | undefined => {
  const [, hours = '0', minutes = '0'] = /^-PT(?:(\d+)H)?(?:(\d+)M)?$/.exec(text ?? '') ?? [];
  return Number(hours) * 60 + Number(minutes) || undefined;
};

const windowOf = ({ properties }: DashboardWidget, now: number, minutes: number): Window => {
  const { period = 300, setPeriodToTimeRange, start } = properties;
  const range = (rangeMinutes(start) ?? minutes) * minute;
  if (setPeriodToTimeRange) return { start: now - range, end: now, period: range };
  // Periods begin where CloudWatch lets them begin: at a multiple of their length.
  const length = period * 1000;
  const end = Math.ceil(now / length) * length;
  return { start: Math.floor((now - range) / length) * length, end, period: length };
};

/**
 * What an expression gives at these times.
 * @throws Refused, MathSyntaxError for what is not understood here
 */
const computed = (
  text: string,
  values: ReadonlyMap<string, ReadonlyMap<number, number>>,
  times: readonly number[],
): Point[] => {
  const expression = parseExpression(text);
  typeOf(expression, new Map([...values.keys()].map((id) => [id, 'series'])));
  const known = new Map(
    [...values].map(([id, points]): [string, Points] => [id, times.map((at) => points.get(at))]),
  );
  const result = evaluateExpression(expression, known, times.length);
  return times.flatMap((at, index): Point[] => {
    const value = typeof result === 'number' ? result : result[index];
    return value === undefined ? [] : [[at, value]];
  });
};

/**
 * The data of a metric widget over the last minutes, as CloudWatch would draw it.
 * @param now end of the last alarm minute, milliseconds since the epoch
 */
export const widgetData = (
  store: MetricStore,
  widget: DashboardWidget,
  now: number,
  minutes: number,
): WidgetData => {
  const window = windowOf(widget, now, minutes);
  const entries = (widget.properties.metrics ?? []).map(readEntry);
  const values = new Map<string, Map<number, number>>();
  const drawn: SeriesData[] = [];
  const look = ({ label, color }: Options, otherwise: string) => ({
    label: label ?? otherwise,
    ...(color && { color }),
  });
  for (const { options, series } of entries.filter((entry) => entry.options.expression === undefined)) {
    const points = readMetric(store, series, options.stat ?? 'Average', window);
    if (options.id) values.set(options.id, new Map(points));
    if (options.visible !== false)
      drawn.push({
        ...look(options, series.name),
        points,
        ...(points.length === 0 && {
          problem: `nothing here has published ${series.namespace} ${series.name}`,
        }),
      });
  }
  const times = [...new Set([...values.values()].flatMap((points) => [...points.keys()]))].sort(
    (a, b) => a - b,
  );
  for (const { options } of entries) {
    if (options.expression === undefined) continue;
    const shown = look(options, options.expression);
    try {
      const points = computed(options.expression, values, times);
      drawn.push({
        ...shown,
        points,
        ...(points.length === 0 && { problem: 'none of its metrics has a value' }),
      });
    } catch (error) {
      if (!(error instanceof Refused || error instanceof MathSyntaxError)) throw error;
      drawn.push({ ...shown, points: [], problem: error.message });
    }
  }
  return { from: window.start, to: now, period: window.period, series: drawn };
};
