import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';
import { type Matches, PatternRefused, readPattern } from './pattern.ts';

/** A rule that runs functions for events. */
export interface EventRule {
  name: string;
  matches: Matches;
  /** ARNs of the functions. */
  targets: string[];
}

/** What a target may say beside its ARN; anything else would change the event. */
const understood = ['Arn', 'Id', 'RetryPolicy', 'DeadLetterConfig'];

const readRule = ({ properties, stack, logicalId }: TemplateResource, resolve: Resolve): EventRule[] => {
  const where = `${stack.name}: rule ${logicalId}`;
  const pattern = resolve(properties.EventPattern, stack);
  if (pattern === undefined || resolve(properties.State, stack) === 'DISABLED') return [];
  const targets = (resolve(properties.Targets, stack) ?? []) as Record<string, unknown>[];
  const [unknown] = targets.flatMap((target) =>
    Object.keys(target).filter((key) => !understood.includes(key)),
  );
  if (unknown !== undefined) throw new PatternRefused(`${where}: a target with ${unknown} is not known here`);
  try {
    return [
      { name: logicalId, matches: readPattern(pattern), targets: targets.map(({ Arn }) => String(Arn)) },
    ];
  } catch (error) {
    if (error instanceof PatternRefused) throw new PatternRefused(`${where}: ${error.message}`);
    throw error;
  }
};

/**
 * Every `AWS::Events::Rule` with a pattern.
 * @throws PatternRefused for what is not understood here
 */
export const readEventRules = (assembly: Assembly, resolve: Resolve): EventRule[] =>
  assembly.ofType('AWS::Events::Rule').flatMap((rule) => readRule(rule, resolve));
