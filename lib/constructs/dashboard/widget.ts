/** What a dashboard shows, as data; `body.ts` writes it as CloudWatch reads it. */
import type { ConditionName } from '../../../core/conditions/index.ts';

/** One metric with exactly these dimensions. */
export interface Series {
  namespace: string;
  metric: string;
  dimensions: Readonly<Record<string, string>>;
  stat: string;
  label?: string;
  color?: string;
  /** Name by which expressions of the same widget know it. */
  id?: string;
  /** Only there for an expression. */
  hidden?: true;
}

/** Metric math over the series of the same widget. */
export interface Expression {
  expression: string;
  label: string;
  color?: string;
}

/** A horizontal line that is not the threshold of an alarm: a declared limit, the name of a code. */
export interface Line {
  value: number;
  label: string;
}

interface Measured {
  kind: 'metric';
  title: string;
  /** Seconds. */
  period: number;
  series: readonly (Series | Expression)[];
  /** Label and bounds of the left axis. */
  axis?: { label: string; min?: number; max?: number };
}

/** A number with its course, in which CloudWatch draws no lines. */
interface Figure extends Measured {
  view: 'figure';
  /** One value for a range of its own, such as `-PT1H`, in place of the last period. */
  over?: string;
  lines?: undefined;
  watchedBy?: undefined;
}

/** A course over time; `counts` is one of sparse counts, drawn as areas from 0. */
export interface Graph extends Measured {
  view: 'course' | 'counts';
  lines?: readonly Line[];
  /** Conditions whose alarms watch one of these series by the same statistic: their thresholds are drawn. */
  watchedBy?: readonly ConditionName[];
  over?: undefined;
}

export type MetricWidget = Figure | Graph;

/** The states of alarms; those that do not exist are left out, and the widget with the last one. */
export interface AlarmWidget {
  kind: 'alarms';
  title: string;
  conditions: readonly string[];
}

export interface TextWidget {
  kind: 'text';
  markdown: string;
  /** Without frame and background: a heading. */
  bare?: true;
}

/** A table of CloudWatch Logs Insights. */
export interface LogWidget {
  kind: 'log';
  title: string;
  logGroups: readonly string[];
  query: string;
}

export type Widget = MetricWidget | AlarmWidget | TextWidget | LogWidget;

/** Widgets above each other; without a width it takes its share of what the others leave. */
export interface Cell {
  width?: number;
  /** Top to bottom; each takes its share of the height of the row. */
  widgets: readonly Widget[];
}

/** Cells beside each other, over the whole width. */
export interface Row {
  height: number;
  cells: readonly Cell[];
}

/** One question that is answered, with its heading. */
export interface Section {
  title: string;
  rows: readonly Row[];
}
