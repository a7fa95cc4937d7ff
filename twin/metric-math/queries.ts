import { isPercentile, type Percentile, type Series, type Statistic } from '../metrics/index.ts';
import { Refused, readAll, readEach } from '../refused.ts';
import { type Expression, MathSyntaxError, parseExpression } from './syntax.ts';
import { idsOf, typeOf, type ValueType } from './types.ts';

/** One entry of an alarm's Metrics. */
export type MathQuery = MetricQuery | ExpressionQuery;

interface MetricQuery {
  kind: 'metric';
  id: string;
  series: Series;
  statistic: Statistic | Percentile;
  unit?: string;
}

interface ExpressionQuery {
  kind: 'expression';
  id: string;
  expression: Expression;
  text: string;
}

export interface MathQueries {
  queries: MathQuery[];
  result: string;
}

interface Metric {
  Namespace?: unknown;
  MetricName?: unknown;
  Dimensions?: { Name: string; Value: unknown }[];
}

/** `Metrics` of an alarm, with references resolved. */
export interface MetricDataQuery {
  Id?: unknown;
  Expression?: unknown;
  Label?: unknown;
  MetricStat?: { Metric?: Metric; Period?: unknown; Stat?: unknown; Unit?: string } & Record<string, unknown>;
  ReturnData?: unknown;
}

const statistics: readonly string[] = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'];
const understood = ['Id', 'Expression', 'Label', 'MetricStat', 'ReturnData'];
const most = 10;

const refuse = (message: string, invalid = true): never => {
  throw new Refused([{ message, invalid }]);
};

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const readMetric = ({ Id, MetricStat: stat = {} }: MetricDataQuery): MetricQuery => {
  const id = String(Id);
  const {
    Metric: { Namespace: namespace, MetricName: name, Dimensions: dimensions = [] } = {},
    Stat,
    Unit,
  } = stat;
  if (typeof namespace !== 'string' || typeof name !== 'string')
    return refuse(`${id}: MetricStat.Metric needs Namespace and MetricName`);
  if (!isPercentile(Stat) && !statistics.includes(String(Stat)))
    return refuse(
      `${id}: Stat ${shown(Stat)} is not implemented by the evaluator; it knows ${statistics.join(', ')} and percentiles`,
      false,
    );
  return {
    kind: 'metric',
    id,
    series: {
      namespace,
      name,
      dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, String(Value)])),
    },
    statistic: Stat as Statistic | Percentile,
    ...(Unit !== undefined && { unit: Unit }),
  };
};

const parse = ({ Id, Expression: text }: MetricDataQuery): ExpressionQuery => {
  const id = String(Id);
  try {
    return { kind: 'expression', id, text: String(text), expression: parseExpression(String(text)) };
  } catch (error) {
    if (!(error instanceof MathSyntaxError)) throw error;
    return refuse(`${id}: the expression ${shown(text)} ${error.message}`);
  }
};

/** Each expression after those that it refers to. */
const ordered = (queries: readonly ExpressionQuery[], ids: readonly string[]): ExpressionQuery[] => {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const done = new Set<ExpressionQuery>();
  const visit = (query: ExpressionQuery, path: readonly string[]): void => {
    if (path.includes(query.id))
      refuse(
        `${[...path.slice(path.indexOf(query.id)), query.id].join(' -> ')}: an expression must not refer to itself`,
      );
    if (done.has(query)) return;
    for (const id of idsOf(query.expression)) {
      const other = byId.get(id);
      if (other) visit(other, [...path, query.id]);
      else if (!ids.includes(id))
        refuse(
          `${query.id}: the expression ${shown(query.text)} refers to ${id}, which no entry of Metrics has as its Id; there are ${ids.join(', ')}`,
        );
    }
    done.add(query);
  };
  for (const query of queries) visit(query, []);
  return [...done];
};

/** The expressions in their order, and the type of each entry. */
const readExpressions = (metrics: readonly MetricDataQuery[]) => {
  const ids = metrics.map(({ Id }) => String(Id));
  const parsed = readEach(
    metrics.filter(({ Expression: text }) => text !== undefined),
    parse,
  );
  const queries = ordered(parsed, ids);
  // What is refused counts as a series where others refer to it, so that it is refused once.
  const types = new Map<string, ValueType>(ids.map((id) => [id, 'series']));
  readEach(queries, ({ id, expression, text }) => {
    try {
      types.set(id, typeOf(expression, types));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(
        error.all.map(({ message, invalid }) => ({
          message: `${id}: in the expression ${shown(text)} ${message}`,
          invalid,
        })),
      );
    }
  });
  return { queries, types };
};

const checkEntry = ({ Id: id, ...query }: MetricDataQuery): void => {
  if (typeof id !== 'string' || !/^[a-z][A-Za-z0-9_]*$/.test(id))
    refuse(`Id ${shown(id)} must begin with a small letter and go on with letters, digits and underscores`);
  if ((query.Expression === undefined) === (query.MetricStat === undefined))
    refuse(`${id} needs an Expression or a MetricStat, and not both`);
  const { ReturnData: data = true } = query;
  if (typeof data !== 'boolean') refuse(`${id}: ReturnData must be true or false, not ${shown(data)}`);
  const unknown = Object.keys(query).find((key) => !understood.includes(key));
  if (unknown !== undefined) refuse(`${id}: ${unknown} is not implemented by the evaluator`, false);
};

const checkNumbers = (metrics: readonly MetricDataQuery[]): void => {
  const ids = metrics.map(({ Id }) => Id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) refuse(`${twice} is the Id of two entries; give each its own`);
  for (const kind of ['MetricStat', 'Expression'] as const) {
    const count = metrics.filter((query) => query[kind] !== undefined).length;
    if (count > most)
      refuse(
        `there are ${count} entries with ${kind === 'MetricStat' ? 'a' : 'an'} ${kind}; at most ${most}`,
      );
  }
};

const readResult = (metrics: readonly MetricDataQuery[]): string => {
  const returned = metrics.filter(({ ReturnData: data = true }) => data === true).map(({ Id }) => String(Id));
  const [result] = returned;
  if (result === undefined || returned.length > 1)
    return refuse(
      `${returned.length === 0 ? 'no entry has' : `${returned.join(' and ')} have`} ReturnData true, which is also what an absent one means; it must be exactly one`,
    );
  return result;
};

/**
 * The period of `Metrics` of an alarm, as it is written there; seconds.
 * @throws Refused where there is none, or more than one
 */
export const readMathPeriod = (metrics: readonly MetricDataQuery[]): unknown => {
  const periods = [...new Set(metrics.flatMap(({ MetricStat: stat }) => (stat ? [stat.Period] : [])))];
  if (periods.length === 0) return refuse('there is no entry with a MetricStat', false);
  if (periods.length > 1)
    return refuse(`the periods ${periods.join(' and ')} differ; give all metrics the same one`);
  return periods[0];
};

/**
 * Reads `Metrics` of an alarm.
 * @throws Refused for what breaks CloudWatch's limits, is not implemented, or is not for alarms
 */
export const readMathQueries = (metrics: readonly MetricDataQuery[]): MathQueries => {
  const { series, expressions, result } = readAll({
    entries: () => readEach(metrics, checkEntry),
    numbers: () => checkNumbers(metrics),
    result: () => readResult(metrics),
    series: () =>
      readEach(
        metrics.filter(({ MetricStat: stat }) => stat !== undefined),
        readMetric,
      ),
    expressions: () => readExpressions(metrics),
  });
  const type = expressions.types.get(result);
  if (type !== 'series') refuse(`${result} must be one time series; its expression gives a ${type}`);
  return { queries: [...series, ...expressions.queries], result };
};
