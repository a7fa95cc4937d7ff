/** What the checks of one run say about each other. */
import type { Check } from './report.ts';

/** No packet came back, so that it says nothing for the network between. */
const withoutAnswer: readonly Check['cause'][] = [
  'CONNECT_TIMEOUT',
  'HOST_UNREACHABLE',
  'NETWORK_UNREACHABLE',
  'CONNECT_PROHIBITED',
];

const names = (checks: readonly Check[]): string => checks.map(({ dependency }) => dependency).join(', ');

/**
 * One target alone that does not answer is its own security group or its host; when none answers, it is what
 * all have in common: the security group, the subnet or the routes of this client.
 */
const comparison = (check: Check, checks: readonly Check[]): string | undefined => {
  const others = checks.filter(
    (other) => other !== check && !other.skipped && other.phases?.tcpMs !== undefined,
  );
  if (others.length === 0) return undefined;
  const answered = others.filter(({ cause }) => !withoutAnswer.includes(cause));
  return answered.length > 0
    ? `not all targets: ${names(answered)} answered in the same run`
    : `no target answered in this run: ${names(others)} neither`;
};

export const compareChecks = (checks: readonly Check[]): Check[] =>
  checks.map((check) => {
    const said = check.cause === 'CONNECT_TIMEOUT' ? comparison(check, checks) : undefined;
    if (!said) return check;
    const told = (check.evidence?.toldApart ?? []) as readonly string[];
    return { ...check, evidence: { ...check.evidence, toldApart: [...told, said] } };
  });
