/** Rules about the references to secrets: one that does not resolve keeps every new task from starting. */
import type { DriftRule, SecretFacts, TaskFacts } from './facts.ts';
import { secretReferenceOf } from './variables.ts';

interface Reference {
  variable: string;
  /** As it stands in `valueFrom`. */
  text: string;
  /** Absent for what is no secret of Secrets Manager. */
  secret?: { arn: string; key: string };
  facts?: SecretFacts;
}

const referencesOf = ({ running, secrets = [] }: TaskFacts): Reference[] =>
  running.variables.flatMap(({ name, from, reference }) => {
    if (from !== 'secrets' || reference === undefined) return [];
    const secret = secretReferenceOf(reference);
    const facts = secrets.find(({ arn }) => arn === secret?.arn);
    return [{ variable: name, text: reference, ...(secret && { secret }), ...(facts && { facts }) }];
  });

/** The name in an ARN, for people. */
const nameOf = (arn: string): string => arn.split(':secret:').at(-1) ?? arn;

const referenceRule =
  (says: (reference: Reference, facts: TaskFacts) => { sentence: string; fix?: string } | undefined) =>
  (facts: TaskFacts) =>
    referencesOf(facts).flatMap((reference) => {
      const said = says(reference, facts);
      return said ? [{ variable: reference.variable, ...said }] : [];
    });

/** What each state means for a task that wants to start. */
const broken: Partial<Record<SecretFacts['state'], { says: string; fix: string }>> = {
  missing: {
    says: 'which does not exist',
    fix: 'Restore the secret, or deploy the service stack again, which refers to the one that exists.',
  },
  deleted: {
    says: 'which is marked for deletion',
    fix: 'Call `aws secretsmanager restore-secret` for it before anything restarts a task.',
  },
  empty: {
    says: 'which has no current value',
    fix: 'Write a value into it, or move AWSCURRENT back to the version that was good.',
  },
  foreign: {
    says: 'which is none of the secrets of this deployment',
    fix: 'Deploy the service stack again, which refers to its own.',
  },
};

export const secretRules = {
  'reference-elsewhere': {
    cause: 'TASK_DEFINITION_DRIFT',
    find: referenceRule(({ variable, text, secret }) =>
      secret
        ? undefined
        : {
            sentence: `${variable} is taken from ${text}, which is no secret of Secrets Manager: nothing here deploys it or knows whether it exists`,
            fix: 'Give the value in the environment, or as a key of a secret that the data stack creates.',
          },
    ),
  },
  'secret-without-key': {
    cause: 'SECRET_REFERENCE_BROKEN',
    find: referenceRule(({ variable, secret }) =>
      secret && secret.key === ''
        ? {
            sentence: `${variable} takes the whole secret ${nameOf(secret.arn)}, a JSON object, for its value`,
            fix: 'Append the key to valueFrom, such as :password::.',
          }
        : undefined,
    ),
  },
  'secret-not-there': {
    cause: 'SECRET_REFERENCE_BROKEN',
    find: referenceRule(({ variable, secret, facts }) => {
      const why = facts && broken[facts.state];
      return secret && why
        ? {
            sentence: `${variable} refers to the secret ${nameOf(secret.arn)}, ${why.says}: no new task starts`,
            fix: why.fix,
          }
        : undefined;
    }),
  },
  'secret-arn-cut': {
    cause: 'SECRET_REFERENCE_BROKEN',
    find: referenceRule(({ variable, secret, facts }) =>
      secret && facts?.fullArn !== undefined && facts.fullArn !== secret.arn
        ? {
            sentence: `${variable} refers to the secret ${nameOf(secret.arn)} without its last six characters, which grants of the execution role name`,
            fix: `Write ${facts.fullArn} in valueFrom.`,
          }
        : undefined,
    ),
  },
  'secret-key-missing': {
    cause: 'SECRET_REFERENCE_BROKEN',
    find: referenceRule(({ variable, secret, facts }) =>
      secret && secret.key !== '' && facts?.keys && !facts.keys.includes(secret.key)
        ? {
            sentence: `${variable} refers to the key ${secret.key} of the secret ${nameOf(secret.arn)}, which has ${[...facts.keys].sort().join(', ') || 'no key'}: no new task starts`,
            fix: 'Write the key into the secret, or correct it in valueFrom.',
          }
        : undefined,
    ),
  },
  'secret-not-readable': {
    cause: 'SECRET_REFERENCE_BROKEN',
    find: referenceRule(({ variable, secret, facts }, { running }) =>
      secret && facts?.readable === false
        ? {
            sentence: `${variable} refers to the secret ${nameOf(secret.arn)}, which the execution role ${running.executionRole?.split('/').at(-1) ?? ''} may not read: no new task starts`,
            fix: 'Deploy the service stack again; the grant (secretsmanager:GetSecretValue) is part of it.',
          }
        : undefined,
    ),
  },
} as const satisfies Record<string, DriftRule>;
