import type { Assembly, Resolve } from '../template/index.ts';

/** A horizontal line with its name. */
export interface Annotation {
  value: number;
  label?: string;
  color?: string;
  fill?: 'above' | 'below';
}

export interface WidgetProperties {
  title?: string;
  view?: string;
  stacked?: boolean;
  /** Seconds. */
  period?: number;
  metrics?: unknown[][];
  yAxis?: { left?: { label?: string; min?: number; max?: number } };
  annotations?: { horizontal?: Annotation[] };
  setPeriodToTimeRange?: boolean;
  start?: string;
  alarms?: string[];
  markdown?: string;
  query?: string;
  [other: string]: unknown;
}

export interface DashboardWidget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: WidgetProperties;
}

/** As `PutDashboard` takes it. */
export interface DashboardBody {
  start?: string;
  widgets: DashboardWidget[];
}

/** The dashboard of the template with its references resolved; undefined where there is none. */
export const readDashboard = (assembly: Assembly, resolve: Resolve): DashboardBody | undefined => {
  const [resource] = assembly.ofType('AWS::CloudWatch::Dashboard');
  if (!resource) return undefined;
  return JSON.parse(String(resolve(resource.properties.DashboardBody, resource.stack))) as DashboardBody;
};
