import type { Assembly, Resolve, TemplateResource } from './template/index.ts';

/** A rule that runs functions at a fixed rate. */
export interface Schedule {
  ruleArn: string;
  /** ARN of the function. */
  target: string;
  /** Whole minutes from one run to the next. */
  everyMinutes: number;
  /** The constant event that the rule sends in place of its own. */
  input?: unknown;
}

const minutesPer: Record<string, number> = { minute: 1, hour: 60, day: 1440 };

/** Minutes of `rate(…)`; the twin knows no other expression. */
export const rateInMinutes = (expression: string): number => {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const minutes = Number(value) * (minutesPer[unit ?? ''] ?? Number.NaN);
  if (!Number.isInteger(minutes) || minutes < 1)
    throw new Error(
      `Schedule ${expression}: the twin knows rate(N minutes), rate(N hours) and rate(N days).`,
    );
  return minutes;
};

const readRule = ({ properties, stack, logicalId }: TemplateResource, resolve: Resolve): Schedule[] => {
  const property = <T>(name: string): T => resolve(properties[name], stack) as T;
  const expression = property<string | undefined>('ScheduleExpression');
  if (expression === undefined || property('State') === 'DISABLED') return [];
  const ruleArn = String(resolve({ 'Fn::GetAtt': [logicalId, 'Arn'] }, stack));
  const targets = property<{ Arn: string; Input?: string }[] | undefined>('Targets') ?? [];
  return targets.map(({ Arn: target, Input: input }) => ({
    ruleArn,
    target,
    everyMinutes: rateInMinutes(expression),
    ...(input !== undefined && { input: JSON.parse(input) as unknown }),
  }));
};

/** Every scheduled target of the template's `AWS::Events::Rule`s. */
export const readSchedules = (assembly: Assembly, resolve: Resolve): Schedule[] => {
  const [unknown] = assembly.ofType('AWS::Scheduler::Schedule');
  if (unknown)
    throw new Error(
      `${unknown.stack.name}: ${unknown.logicalId} is an AWS::Scheduler::Schedule; the twin runs AWS::Events::Rule.`,
    );
  return assembly.ofType('AWS::Events::Rule').flatMap((rule) => readRule(rule, resolve));
};

/** The event that EventBridge sends for a schedule. */
export const scheduledEvent = ({ ruleArn, input }: Schedule, at: Date, id: string): unknown =>
  input ?? {
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ruleArn.split(':')[4],
    time: at.toISOString().replace(/\.\d+Z$/, 'Z'),
    region: ruleArn.split(':')[3],
    resources: [ruleArn],
    detail: {},
  };
