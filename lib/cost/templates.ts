/** What of the templates costs something, counted. */

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
export type Json = any;

export interface Template {
  Resources: Readonly<Record<string, { Type: string; Properties?: Json }>>;
}

export const ofType = ({ Resources }: Template, type: string): { id: string; properties: Json }[] =>
  Object.entries(Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties = {} }]) => ({ id, properties: Properties }));

/** Metrics of alarms, each of which is billed: an alarm on an expression has several (CloudWatch pricing). */
export const alarmMetrics = (template: Template): { standard: number; fast: number } => {
  const counts = { standard: 0, fast: 0 };
  const count = (period: number): void => {
    counts[period < 60 ? 'fast' : 'standard'] += 1;
  };
  for (const { id, properties } of ofType(template, 'AWS::CloudWatch::Alarm')) {
    if (properties.MetricName !== undefined) count(properties.Period);
    for (const { MetricStat, Expression } of properties.Metrics ?? []) {
      if (MetricStat) count(MetricStat.Period);
      // These are billed by what they find or learn, which no template says.
      if (/^\s*SELECT\b|ANOMALY_DETECTION_BAND/i.test(Expression ?? ''))
        throw new RangeError(
          `${id}: the price of an alarm on "${Expression}" is not known here; add it to lib/cost/.`,
        );
    }
  }
  return counts;
};

export interface WatchingFunction {
  name: string;
  /** Folder in `lambdas/`. */
  bundle: string;
  memoryMiB: number;
  /** Between two runs of its schedule; undefined without one. */
  everyMinutes: number | undefined;
  /** Secrets that its settings name. */
  secrets: number;
  traced: boolean;
  /** How long its lines are kept; undefined where the template does not say it. */
  logDays: number | undefined;
  /** Services of AWS that it calls from inside the VPC. */
  reaches: string[];
}

const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };

const rate = (expression: string | undefined): number | undefined => {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression ?? '') ?? [];
  return count === undefined ? undefined : Number(count) * (minutesOf[unit] ?? Number.NaN);
};

/** Lambda itself calls these for a function; IAM has no endpoint in the region. */
const notFromInside = ['ec2', 'logs', 'xray', 'iam'];

const reachedBy = (template: Template, role: string): string[] => {
  const services = ofType(template, 'AWS::IAM::Policy')
    .filter(({ properties }) => properties.Roles.some(({ Ref }: Json) => Ref === role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement)
    .flatMap(({ Action }: Json) => Action)
    .map((action: string) => action.split(':')[0] ?? '');
  return [...new Set(services)].filter((service) => !notFromInside.includes(service));
};

/** The functions of ours; those that CDK brings run in deployments only. */
export const watchingFunctions = (template: Template, prefix: string): WatchingFunction[] => {
  const rules = ofType(template, 'AWS::Events::Rule');
  return ofType(template, 'AWS::Lambda::Function')
    .filter(({ properties }) => properties.Handler === 'index.handler')
    .map(({ id, properties }) => {
      const schedule = rules.find(({ properties: { ScheduleExpression, Targets } }) =>
        Boolean(ScheduleExpression && Targets.some(({ Arn }: Json) => Arn['Fn::GetAtt']?.[0] === id)),
      );
      const variables: string[] = Object.keys(properties.Environment?.Variables ?? {});
      return {
        name: properties.FunctionName,
        bundle: properties.FunctionName.slice(prefix.length + 1),
        memoryMiB: properties.MemorySize ?? 128,
        everyMinutes: rate(schedule?.properties.ScheduleExpression),
        secrets: variables.filter((name) => name.endsWith('_SECRET_ID')).length,
        traced: properties.TracingConfig?.Mode === 'Active',
        logDays: template.Resources[properties.LoggingConfig?.LogGroup?.Ref]?.Properties?.RetentionInDays,
        reaches: properties.VpcConfig ? reachedBy(template, properties.Role['Fn::GetAtt'][0]) : [],
      };
    });
};
