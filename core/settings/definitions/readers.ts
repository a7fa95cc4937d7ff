/** The readers that several groups of settings share. */
const all = ['service', 'migrate', 'connectivity-probe', 'database-name-probe', 'capacity-probe'] as const;
/** What people do with messages: the command and the function. */
export const operations = ['message-operations'] as const;
export const database = [...all, 'bootstrap', ...operations] as const;
export const messages = ['service', ...operations] as const;
/** Who must know where messages go; the probe looks at the list. */
export const queue = [...messages, 'connectivity-probe'] as const;
export const connectivity = ['service', 'connectivity-probe'] as const;
export const service = ['service'] as const;
/** Knows where the dependencies are, and no secret. */
const paths = ['network-path-probe'] as const;
/** Asks the service from outside, as its clients do. */
const version = ['version-probe'] as const;
export const everybody = [...database, ...paths, ...version] as const;
export const databaseAddress = [...database, ...paths] as const;
export const httpChecks = [...connectivity, ...version] as const;
export const connectivityAddress = [...connectivity, ...paths] as const;
export const redis = [...connectivity, ...operations] as const;
export const redisAddress = [...connectivityAddress, ...operations] as const;
export const probes = [
  'connectivity-probe',
  'database-name-probe',
  'capacity-probe',
  ...paths,
  ...version,
] as const;
