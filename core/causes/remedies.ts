/**
 * Where the remedy of a cause depends on whom it is about, or on what the evidence says. The row of the cause has the
 * one that fits all others.
 */
import { type CauseCode, causes } from './causes.ts';

/** What a cause was found in. */
export interface CauseSituation {
  /** `postgres`, `redis`, `mlflow` or `auth`. */
  dependency?: string;
  evidence?: Readonly<Record<string, unknown>>;
}

export interface SpecialRemedy {
  cause: CauseCode;
  /** For whom it is, in words of a document. */
  where: string;
  dependencies?: readonly string[];
  /** A field of the evidence, and what its text must match. */
  when?: readonly [field: string, text: RegExp];
  remedy: string;
}

/** The first row that fits counts. */
export const specialRemedies: readonly SpecialRemedy[] = [
  {
    cause: 'TLS_NOT_OFFERED',
    where: 'Redis',
    dependencies: ['redis'],
    remedy:
      'Turn encryption in transit on at Redis (TransitEncryptionEnabled, tls-port); do not turn REDIS_TLS_ENABLED off.',
  },
  {
    cause: 'TLS_NOT_OFFERED',
    where: 'MLflow and auth',
    dependencies: ['mlflow', 'auth'],
    remedy:
      'Compare scheme and port of the address with the listener of the service, and give it one with TLS.',
  },
  {
    cause: 'TLS_UNTRUSTED_CA',
    where: 'all but PostgreSQL',
    dependencies: ['redis', 'mlflow', 'auth'],
    remedy:
      'Check the certificate authority of the server, and NODE_EXTRA_CA_CERTS for a private one; check that nothing intercepts the connection.',
  },
  {
    cause: 'PASSWORD_REJECTED',
    where: 'Redis',
    dependencies: ['redis'],
    remedy:
      'Compare the token in the secret (key auth_token) with the one that Redis has; give Redis that of the secret (modify-replication-group --auth-token), then start new tasks. The bootstrap function does nothing for Redis.',
  },
  {
    cause: 'ADDRESS_NOT_ADMITTED',
    where: 'PostgreSQL',
    dependencies: ['postgres'],
    remedy: 'Add the rule to pg_hba.conf; on RDS the parameter group decides.',
  },
  {
    cause: 'ADDRESS_NOT_ADMITTED',
    where: 'Redis',
    dependencies: ['redis'],
    remedy: 'Set a password, then turn the protected mode of Redis off.',
  },
  {
    cause: 'API_KEY_REJECTED',
    where: 'MLflow',
    dependencies: ['mlflow'],
    remedy: 'Replace MLFLOW_TRACKING_TOKEN by a token that MLflow, or what stands in front of it, takes.',
  },
  {
    cause: 'FORBIDDEN',
    where: 'Redis',
    dependencies: ['redis'],
    remedy:
      'Give the user of Redis the command and the keys back that the service uses, not only those in the evidence (ACL SETUSER; the runbook has the line), or the command its name (rename-command).',
  },
  {
    cause: 'DATABASE_MISSING',
    where: 'Redis',
    dependencies: ['redis'],
    remedy:
      'Write the number of a logical database that Redis has into the path of REDIS_URL, or leave it out.',
  },
  {
    cause: 'STATEMENT_REJECTED',
    where: 'a key of Redis that holds another type',
    dependencies: ['redis'],
    when: ['reply', /^WRONGTYPE/],
    remedy:
      'Find out who writes the key that the evidence names, and RENAME what it holds; messages are delivered again once the name is free.',
  },
  {
    cause: 'READ_ONLY',
    where: 'too few replicas of Redis (NOREPLICAS)',
    dependencies: ['redis'],
    when: ['reply', /^NOREPLICAS/],
    remedy:
      'Bring the replicas back, or lower min-replicas-to-write; this is the primary, and its endpoint is right.',
  },
  {
    cause: 'READ_ONLY',
    where: 'default_transaction_read_only',
    when: ['readOnlyBy', /^default_transaction_read_only$/],
    remedy:
      'Take default_transaction_read_only off where setBy in the evidence says that it was set: ALTER ROLE or ALTER DATABASE … RESET, else the parameter group. The server is the writer.',
  },
  {
    cause: 'TOO_MANY_CONNECTIONS',
    where: 'a limit of the role or the database',
    when: ['limit', /^CONNECTION LIMIT/],
    remedy:
      'Raise the limit that the evidence names, or take it away (ALTER ROLE or ALTER DATABASE … CONNECTION LIMIT -1); ask first who set it. The server itself has room.',
  },
  {
    cause: 'TOO_MANY_CONNECTIONS',
    where: 'a pooler',
    when: ['limit', /^the pooler$/],
    remedy: 'Look for slow queries behind the pooler, then raise its pool; the server itself has room.',
  },
  {
    cause: 'OUT_OF_MEMORY',
    where: 'PostgreSQL',
    dependencies: ['postgres'],
    remedy: 'Close connections that are not needed and lower work_mem; then take a larger class.',
  },
];

const fits = ({ dependencies, when }: SpecialRemedy, { dependency, evidence }: CauseSituation): boolean => {
  const here = !dependencies || (dependency !== undefined && dependencies.includes(dependency));
  return here && (!when || when[1].test(String(evidence?.[when[0]] ?? '')));
};

/** What a person does first: about this dependency, after this evidence. */
export const remedyOf = (code: CauseCode, situation: CauseSituation = {}): string =>
  specialRemedies.find((row) => row.cause === code && fits(row, situation))?.remedy ?? causes[code].remedy;
