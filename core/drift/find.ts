/** Runs every rule over what is known of a task. */
import { addressRules } from './addresses.ts';
import type { DriftFinding, DriftRule, TaskFacts } from './facts.ts';
import { nameRules } from './names.ts';
import { revisionRules } from './revisions.ts';
import { secretRules } from './secrets.ts';
import { valueRules } from './values.ts';
import { isAsDeployed } from './variables.ts';

/**
 * Every rule by its name, in the order in which findings are listed: the contract first, then the secrets,
 * then what runs against what was deployed.
 */
export const driftRules = { ...nameRules, ...valueRules, ...addressRules, ...secretRules, ...revisionRules };

export type DriftRuleName = keyof typeof driftRules;

/** What a variable that differs only by being different has no need of, when another rule has named it. */
const comparisons: readonly string[] = ['name-not-running', 'name-not-deployed', 'value-not-deployed'];

/** The repair, where the rule has no better one: what was deployed is right, or it is wrong itself. */
const usualFix = (facts: TaskFacts, variable: string | undefined): string =>
  variable !== undefined && isAsDeployed(facts, variable) !== false
    ? 'Correct it in the file of the environment and deploy the service stack.'
    : 'Deploy the service stack again, which puts back what was deployed; carry over by a commit what the change was for.';

/** What is wrong with a task: nothing when it is as the contract and the deployment say. */
export const findDrift = (facts: TaskFacts): DriftFinding[] => {
  const findings: DriftFinding[] = [];
  for (const [rule, { cause, find }] of Object.entries<DriftRule>(driftRules)) {
    for (const { variable, sentence, fix } of find(facts)) {
      const named = variable !== undefined && findings.some((other) => other.variable === variable);
      if (named && comparisons.includes(rule)) continue;
      findings.push({
        rule,
        ...(variable === undefined ? {} : { variable }),
        cause,
        sentence,
        fix: fix ?? usualFix(facts, variable),
      });
    }
  }
  return findings;
};

/**
 * Tag of an ECS service that holds the ARN of the revision which its stack deployed. A change by hand leaves
 * it alone, and the stack changes it together with the revision.
 */
export const deployedRevisionTag = 'breakwater:task-definition';
