import type { Assembly, Resolve } from '../template/index.ts';

interface Widget {
  x?: unknown;
  y?: unknown;
  width?: unknown;
  height?: unknown;
  properties?: { metrics?: unknown; title?: unknown };
}

/** CloudWatch API reference, "Dashboard Body Structure and Syntax"; quotas of the user guide. */
const limits = { columns: 24, height: 1000, widgets: 500, metricsPerWidget: 500, metrics: 2500 };
/** What an absent width and height stand for. */
const usual = 6;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const whole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

const metricCount = ({ properties }: Widget): number =>
  Array.isArray(properties?.metrics) ? properties.metrics.length : 0;

const placeProblems = (widget: Widget): string[] => {
  const { x = 0, y = 0, width = usual, height = usual } = widget;
  const problems: string[] = [];
  const say = (property: string, value: unknown, wanted: string): void => {
    problems.push(`${property} is ${JSON.stringify(value)}; write ${wanted}`);
  };
  if (!whole(x, 0, limits.columns - 1)) say('x', x, `a whole number of 0 to ${limits.columns - 1}`);
  if (!whole(y, 0, Number.MAX_SAFE_INTEGER)) say('y', y, 'a whole number of at least 0');
  if (!whole(width, 1, limits.columns)) say('width', width, `a whole number of 1 to ${limits.columns}`);
  if (!whole(height, 1, limits.height)) say('height', height, `a whole number of 1 to ${limits.height}`);
  if (problems.length === 0 && Number(x) + Number(width) > limits.columns)
    say('x + width', Number(x) + Number(width), `at most ${limits.columns}, the columns of a dashboard`);
  if (metricCount(widget) > limits.metricsPerWidget)
    say('the number of metrics', metricCount(widget), `at most ${limits.metricsPerWidget}`);
  return problems;
};

const bodyProblems = (body: unknown): string[] => {
  if (typeof body !== 'string') return [`is ${JSON.stringify(body)}; write a text of JSON`];
  let root: unknown;
  try {
    root = JSON.parse(body);
  } catch (error) {
    return [`is no JSON (${(error as Error).message}); write JSON`];
  }
  if (!isRecord(root) || !Array.isArray(root.widgets))
    return ['has no list of widgets; write {"widgets":[]}'];
  const widgets: unknown[] = root.widgets;
  const problems: string[] = [];
  if (widgets.length > limits.widgets)
    problems.push(`has ${widgets.length} widgets; write at most ${limits.widgets}`);
  const metrics = widgets.reduce<number>((sum, one) => sum + (isRecord(one) ? metricCount(one) : 0), 0);
  if (metrics > limits.metrics) problems.push(`has ${metrics} metrics; write at most ${limits.metrics}`);
  widgets.forEach((widget, index) => {
    if (!isRecord(widget) || typeof widget.type !== 'string' || !isRecord(widget.properties))
      problems.push(`widget ${index} has no type or no properties; write both`);
    else problems.push(...placeProblems(widget).map((problem) => `widget ${index}: ${problem}`));
  });
  return problems;
};

/** Dashboards that CloudWatch would refuse. */
export const dashboardProblems = (assembly: Assembly, resolve: Resolve): string[] =>
  assembly
    .ofType('AWS::CloudWatch::Dashboard')
    .flatMap(({ stack, logicalId, properties }) =>
      bodyProblems(resolve(properties.DashboardBody, stack)).map(
        (problem) => `${stack.name} ${logicalId}: DashboardBody ${problem}.`,
      ),
    );
