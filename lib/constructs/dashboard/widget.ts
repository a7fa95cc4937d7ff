/** What a dashboard shows, as data; `body.ts` writes it as CloudWatch reads it. */

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

export interface MetricWidget {
  kind: 'metric';
  title: string;
  /** A figure with its course, or a course; `counts` is a course of sparse counts, drawn as areas from 0. */
  view: 'figure' | 'course' | 'counts';
  /** Seconds. */
  period: number;
  series: readonly (Series | Expression)[];
  /** Label and bounds of the left axis. */
  axis?: { label: string; min?: number; max?: number };
  lines?: readonly Line[];
  /** Conditions whose alarms watch one of these series: their thresholds are drawn. */
  watchedBy?: readonly string[];
  /** One value for a range of its own, such as `-PT1H`, in place of the last period. */
  over?: string;
}

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
