import { randomBytes, randomUUID } from 'node:crypto';
import type { Assembly, Properties, Resolve, TemplateResource } from '../template/index.ts';
import { arn, masterSecretName } from '../template/index.ts';

export interface StoredSecret {
  name: string;
  arn: string;
  value: string;
  versionId: string;
  createdAt: Date;
}

/** The secrets of the template, with values made here; nothing is written to disk. */
export interface SecretStore {
  /** By name, by ARN, or by ARN without the six characters that Secrets Manager appends. */
  find(id: string): StoredSecret | undefined;
  /** A new version. Fails when there is no such secret. */
  put(id: string, value: string): void;
  all(): readonly StoredSecret[];
}

interface Generate {
  SecretStringTemplate?: unknown;
  GenerateStringKey?: string;
  PasswordLength?: number;
  ExcludePunctuation?: boolean;
  ExcludeCharacters?: string;
}

/** Punctuation that Secrets Manager uses in generated passwords. */
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A password by the rules of `GenerateSecretString`; 32 characters unless told. */
export const generatePassword = (rules: Generate = {}): string => {
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const alphabet = [...(rules.ExcludePunctuation ? alphanumeric : alphanumeric + punctuation)].filter(
    (character) => !excluded.has(character),
  );
  // The remainder's bias is of no concern for a password that lives minutes on a loopback interface.
  return [...randomBytes(rules.PasswordLength ?? 32)]
    .map((octet) => alphabet[octet % alphabet.length])
    .join('');
};

const valueFor = ({ properties, stack }: TemplateResource, resolve: Resolve): string => {
  if (properties.SecretString !== undefined) return String(resolve(properties.SecretString, stack));
  const rules = (resolve(properties.GenerateSecretString, stack) ?? {}) as Generate;
  const password = generatePassword(rules);
  if (rules.GenerateStringKey === undefined) return password;
  const template = JSON.parse(String(rules.SecretStringTemplate ?? '{}')) as Properties;
  return JSON.stringify({ ...template, [rules.GenerateStringKey]: password });
};

/** What `SecretTargetAttachment` adds to a secret of a database. */
const connectionOf = (instance: TemplateResource, resolve: Resolve): Properties => {
  const at = (attribute: string): unknown =>
    resolve({ 'Fn::GetAtt': [instance.logicalId, attribute] }, instance.stack);
  return {
    engine: resolve(instance.properties.Engine, instance.stack),
    host: at('Endpoint.Address'),
    port: Number(at('Endpoint.Port')),
    dbInstanceIdentifier: resolve({ Ref: instance.logicalId }, instance.stack),
    ...(instance.properties.DBName !== undefined && {
      dbname: resolve(instance.properties.DBName, instance.stack),
    }),
  };
};

/**
 * Creates every secret of the template. `master` is the login that the database was started with; RDS
 * would have made its secret.
 */
export const createSecrets = (
  assembly: Assembly,
  resolve: Resolve,
  master: { username: string; password: string },
): SecretStore => {
  const secrets: StoredSecret[] = [];
  const add = (name: string, secretArn: string, value: string): void => {
    secrets.push({ name, arn: secretArn, value, versionId: randomUUID(), createdAt: new Date() });
  };
  const find = (id: string): StoredSecret | undefined =>
    secrets.find((secret) => [secret.name, secret.arn, secret.arn.slice(0, -7)].includes(id));
  const put = (id: string, value: string): void => {
    const secret = find(id);
    if (!secret) throw new Error(`No secret ${id}; known: ${secrets.map(({ name }) => name).join(', ')}.`);
    Object.assign(secret, { value, versionId: randomUUID(), createdAt: new Date() });
  };

  for (const resource of assembly.ofType('AWS::SecretsManager::Secret')) {
    const secretArn = String(resolve({ Ref: resource.logicalId }, resource.stack));
    const name = secretArn.split(':secret:').at(-1)?.slice(0, -7) ?? secretArn;
    add(name, secretArn, valueFor(resource, resolve));
  }
  for (const instance of assembly.ofType('AWS::RDS::DBInstance')) {
    if (resolve(instance.properties.ManageMasterUserPassword, instance.stack) !== true) continue;
    const name = masterSecretName(String(resolve({ Ref: instance.logicalId }, instance.stack)));
    add(name, arn('secretsmanager', `secret:${name}-Twin00`), JSON.stringify(master));
  }
  for (const { properties, stack } of assembly.ofType('AWS::SecretsManager::SecretTargetAttachment')) {
    const id = String(resolve(properties.SecretId, stack));
    const target = String(resolve(properties.TargetId, stack));
    const instance = assembly
      .ofType('AWS::RDS::DBInstance')
      .find((candidate) => resolve({ Ref: candidate.logicalId }, candidate.stack) === target);
    const secret = find(id);
    if (!instance || !secret) throw new Error(`${stack.name}: cannot attach secret ${id} to ${target}.`);
    put(id, JSON.stringify({ ...JSON.parse(secret.value), ...connectionOf(instance, resolve) }));
  }
  return { find, put, all: () => secrets };
};

/** The value of `{{resolve:secretsmanager:ID:SecretString:KEY:…}}`; undefined when there is none. */
export const dynamicSecret = (secrets: SecretStore, reference: string): string | undefined => {
  const [service, ...rest] = reference.split(':');
  if (service !== 'secretsmanager') return undefined;
  const at = rest.indexOf('SecretString');
  const value = secrets.find(rest.slice(0, at === -1 ? undefined : at).join(':'))?.value;
  const key = at === -1 ? '' : rest[at + 1];
  if (value === undefined || !key) return value;
  const member = (JSON.parse(value) as Properties)[key];
  return member === undefined ? undefined : String(member);
};
