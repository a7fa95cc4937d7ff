import type { CompositeRow } from './alarm-row.ts';
import { objectivePercent } from './rows/load-balancer.ts';
import type { Watched } from './watched.ts';

/** Alarms over alarms: what is told once, whatever the parts are. Only the impact on users pages. */
export const compositeRows = ({ service }: Watched): CompositeRow[] => [
  {
    name: 'user-impact',
    anyOf: [['requests-failing', 'errors-1h'], ['postgres-lost'], ['no-healthy-target']],
    severity: 'page',
    says: `Users of ${service.name} suffer: requests fail faster than the objective allows and still do, or nothing is left that could answer them.`,
    consequence: 'Models cannot be registered or read.',
    runbook: 'runbooks/service.md#user-impact',
    proof: { fault: 'database-stop', how: 'driven' },
  },
  {
    name: 'error-budget-draining',
    anyOf: [['errors-6h', 'errors-30m']],
    severity: 'ticket',
    says: `Requests to ${service.name} have failed for hours, and still do, six times as often as ${objectivePercent} % allows.`,
    consequence: 'The error budget of the month is gone in five days.',
    runbook: 'runbooks/service.md#requests-failing',
    proof: { fault: 'mlflow-stop', how: 'driven' },
  },
];
