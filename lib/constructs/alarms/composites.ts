import type { CompositeRow } from './alarm-row.ts';
import type { Watched } from './watched.ts';

/** Alarms over alarms: what is told once, whatever the parts are. Only the impact on users pages. */
export const compositeRows = ({ service }: { service: Pick<Watched['service'], 'name'> }): CompositeRow[] => [
  {
    name: 'user-impact',
    anyOf: [
      ['requests-failing', 'errors-1h'],
      // Without requests nothing fails; a probe alone may be the only one that cannot use it.
      ['postgres-lost', 'service-unhealthy'],
      ['no-healthy-target'],
    ],
    severity: 'page',
    says: `Users of ${service.name} suffer: requests fail faster than the objective allows and still do, or the service has lost its database, or nothing is left that could answer them.`,
    consequence: 'Models cannot be registered or read.',
    runbook: 'runbooks/service.md#user-impact',
    proof: { fault: 'database-stop', how: 'driven' },
  },
];
