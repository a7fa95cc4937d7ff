import type { Assembly, Properties, Resolve, TemplateResource } from '../template/index.ts';

/** What happens with a request. */
export type RuleAction =
  | { kind: 'forward' }
  | { kind: 'fixed-response'; status: number; contentType: string; body: string };

export interface ListenerRule {
  priority: number;
  matches(path: string): boolean;
  action: RuleAction;
}

/** Properties that are understood. Any other one changes the meaning in a way that is not implemented. */
const understood = {
  rule: ['ListenerArn', 'Priority', 'Conditions', 'Actions', 'Tags'],
  condition: ['Field', 'Values', 'PathPatternConfig'],
};

/**
 * Whether a path is one of a pattern: `*` stands for any characters, `?` for one, and case counts (Elastic Load
 * Balancing, path conditions). The path is compared as it was sent, without decoding it.
 */
export const pathMatches = (pattern: string, path: string): boolean => {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(path);
};

/** Whether the last of these actions sends to the target group and to no other. */
export const forwardsTo = (actions: unknown, targetGroup: string): boolean => {
  const action = (actions as Properties[] | undefined)?.at(-1);
  if (action?.Type !== 'forward') return false;
  const config = action.ForwardConfig as { TargetGroups?: { TargetGroupArn: string }[] } | undefined;
  const arns = config?.TargetGroups?.map(({ TargetGroupArn }) => TargetGroupArn) ?? [action.TargetGroupArn];
  return arns.length === 1 && arns[0] === targetGroup;
};

const readRule = (
  { properties, stack, logicalId }: TemplateResource,
  resolve: Resolve,
  targetGroup: string,
): ListenerRule => {
  const refuse = (what: string, known: string): never => {
    throw new Error(
      `${stack.name}: listener rule ${logicalId} has ${what}; the twin's load balancer knows ${known}.`,
    );
  };
  const unknown = (of: object, known: readonly string[]): string | undefined =>
    Object.keys(of).find((name) => !known.includes(name));
  const rule = resolve(properties, stack) as {
    Priority: number;
    Conditions: { Field?: string; Values?: string[]; PathPatternConfig?: Record<string, string[]> }[];
    Actions: Properties[];
  };
  const property = unknown(rule, understood.rule);
  if (property !== undefined) refuse(`the property ${property}`, understood.rule.join(', '));

  const patterns = rule.Conditions.map((condition) => {
    if (condition.Field !== 'path-pattern') refuse(`a condition on ${condition.Field}`, 'path-pattern');
    const { PathPatternConfig: config = {} } = condition;
    const values = config.Values ?? condition.Values;
    const other = unknown(condition, understood.condition) ?? unknown(config, ['Values']);
    if (values === undefined || other !== undefined)
      return refuse(`the condition ${JSON.stringify(condition)}`, 'path-pattern with Values');
    return values;
  });

  const action = (): RuleAction => {
    const [only, another] = rule.Actions;
    if (only?.Type === 'fixed-response' && !another) {
      const { StatusCode, ContentType, MessageBody } = only.FixedResponseConfig as Record<string, string>;
      return {
        kind: 'fixed-response',
        status: Number(StatusCode),
        contentType: ContentType ?? 'text/plain',
        body: MessageBody ?? '',
      };
    }
    if (!another && forwardsTo(rule.Actions, targetGroup)) return { kind: 'forward' };
    return refuse(
      `the action ${rule.Actions.map(({ Type }) => Type).join(', ')}`,
      'fixed-response, and forward to the one target group',
    );
  };
  return {
    priority: Number(rule.Priority),
    matches: (path) => patterns.every((values) => values.some((pattern) => pathMatches(pattern, path))),
    action: action(),
  };
};

/**
 * The rules of a listener, by priority.
 * @throws Error that names the rule and what of it the twin's load balancer does not know
 */
export const readRules = (
  assembly: Assembly,
  resolve: Resolve,
  listener: string,
  targetGroup: string,
): ListenerRule[] =>
  assembly
    .ofType('AWS::ElasticLoadBalancingV2::ListenerRule')
    .filter(({ properties, stack }) => resolve(properties.ListenerArn, stack) === listener)
    .map((resource) => readRule(resource, resolve, targetGroup))
    .sort((a, b) => a.priority - b.priority);
