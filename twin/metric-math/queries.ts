import { isPercentile, type Percentile, type Series, type Statistic } from '../metrics/index.ts';
import { type Expression, MathSyntaxError, parseExpression } from './syntax.ts';
import { idsOf, MathRefused, typeOf, type ValueType } from './types.ts';

/** One entry of an alarm's Metrics. */
export type MathQuery =
  | { kind: 'metric'; id: string; series: Series; statistic: Statistic | Percentile; unit?: string }
  | { kind: 'expression'; id: string; expression: Expression; text: string };

export interface MathQueries {
  queries: MathQuery[];
  result: string;
  /** Seconds. */
  period: number;
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
  throw new MathRefused(message, invalid);
};

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const readMetric = (id: string, stat: NonNullable<MetricDataQuery['MetricStat']>): MathQuery => {
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

const readQuery = (query: MetricDataQuery): MathQuery => {
  const { Id: id, Expression: text, MetricStat: stat } = query;
  if (typeof id !== 'string' || !/^[a-z][A-Za-z0-9_]*$/.test(id))
    return refuse(
      `Id ${shown(id)} must begin with a small letter and go on with letters, digits and underscores`,
    );
  const unknown = Object.keys(query).find((key) => !understood.includes(key));
  if (unknown !== undefined) return refuse(`${id}: ${unknown} is not implemented by the evaluator`, false);
  if ((text === undefined) === (stat === undefined))
    return refuse(`${id} needs an Expression or a MetricStat, and not both`);
  if (stat) return readMetric(id, stat);
  try {
    return { kind: 'expression', id, text: String(text), expression: parseExpression(String(text)) };
  } catch (error) {
    if (!(error instanceof MathSyntaxError)) throw error;
    return refuse(`${id}: the expression ${shown(text)} ${error.message}`);
  }
};

/** Each query after those that it refers to. */
const ordered = (queries: readonly MathQuery[]): MathQuery[] => {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const done = new Set<MathQuery>();
  const visit = (query: MathQuery, path: readonly string[]): void => {
    if (path.includes(query.id))
      refuse(
        `${[...path.slice(path.indexOf(query.id)), query.id].join(' -> ')}: an expression must not refer to itself`,
      );
    if (done.has(query)) return;
    if (query.kind === 'expression') {
      for (const id of idsOf(query.expression)) {
        const other = byId.get(id);
        if (other) visit(other, [...path, query.id]);
        else
          refuse(
            `${query.id}: the expression ${shown(query.text)} refers to ${id}, which no entry of Metrics has as its Id; there are ${[...byId.keys()].join(', ')}`,
          );
      }
    }
    done.add(query);
  };
  for (const query of queries) visit(query, []);
  return [...done];
};

/**
 * Reads `Metrics` of an alarm.
 * @throws MathRefused for what breaks CloudWatch's limits, is not implemented, or is not for alarms
 */
export const readMathQueries = (metrics: readonly MetricDataQuery[]): MathQueries => {
  const read = metrics.map(readQuery);
  const ids = read.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return refuse(`${twice} is the Id of two entries; give each its own`);
  for (const kind of ['metric', 'expression'] as const) {
    const count = read.filter((query) => query.kind === kind).length;
    if (count > most)
      return refuse(
        `there are ${count} entries with ${kind === 'metric' ? 'a MetricStat' : 'an Expression'}; at most ${most}`,
      );
  }
  const returned = metrics.filter(({ ReturnData: data = true }) => data === true).map(({ Id }) => String(Id));
  const [result] = returned;
  if (result === undefined || returned.length > 1)
    return refuse(
      `${returned.length === 0 ? 'no entry has' : `${returned.join(' and ')} have`} ReturnData true, which is also what an absent one means; it must be exactly one`,
    );
  const periods = [...new Set(metrics.flatMap(({ MetricStat: stat }) => (stat ? [stat.Period] : [])))];
  if (periods.length === 0) return refuse('there is no entry with a MetricStat', false);
  if (periods.length > 1)
    return refuse(`the periods ${periods.join(' and ')} differ; give all metrics the same one`);

  const queries = ordered(read);
  const types = new Map<string, ValueType>();
  for (const query of queries) {
    try {
      types.set(query.id, query.kind === 'metric' ? 'series' : typeOf(query.expression, types));
    } catch (error) {
      if (!(error instanceof MathRefused) || query.kind === 'metric') throw error;
      refuse(`${query.id}: in the expression ${shown(query.text)} ${error.message}`, error.invalid);
    }
  }
  if (types.get(result) !== 'series')
    return refuse(`${result} must be one time series; its expression gives a ${types.get(result)}`);
  return { queries, result, period: periods[0] as number };
};
