/**
 * Who takes part in the traffic of one environment. A party with a security group is a set of network
 * interfaces behind that group; the others are known only by their addresses.
 */
export const parties = {
  'load-balancer': { group: true, doc: 'The public load balancer.' },
  client: { group: true, doc: 'Tasks of the service, probes, and the functions that set up the database.' },
  database: { group: true, doc: 'The PostgreSQL server.' },
  cache: { group: true, doc: 'The Redis nodes.' },
  'aws-endpoints': { group: true, doc: 'Interface endpoints of AWS APIs inside the VPC.' },
  upstreams: { group: false, doc: 'MLflow and auth, where they run inside the VPC.' },
  internet: { group: false, doc: 'Everything outside the VPC.' },
} as const satisfies Record<string, { group: boolean; doc: string }>;

export type Party = keyof typeof parties;

/** A party that has a security group of its own. */
export type GroupParty = { [P in Party]: (typeof parties)[P]['group'] extends true ? P : never }[Party];

export const hasGroup = (party: Party): party is GroupParty => parties[party].group;

export const groupParties = (Object.keys(parties) as Party[]).filter(hasGroup);
