/** Reads a password from a secret: bounded, kept between runs, read again once when it was rejected. */
import { isPlaceholder, Secret } from '../settings/index.ts';
import { type Budget, within } from './budget.ts';
import type { Climb } from './ladder.ts';
import { errorFields, failed, type Outcome, succeeded } from './outcome.ts';

/** Fetches the text of a secret by name or ARN. The only thing here that knows AWS. */
export type FetchSecret = (secretId: string) => Promise<string | undefined>;

/** The text fields of a secret. Values are secrets; the names of the keys are not. */
export type SecretFields = Readonly<Record<string, Secret>>;

export interface SecretReader {
  /** From memory when it is younger than its life, else read within the budget. */
  read(secretId: string, budget: Budget): Promise<Outcome<SecretFields>>;
  /** Read now, whatever is in memory. */
  refresh(secretId: string, budget: Budget): Promise<Outcome<SecretFields>>;
}

/** How long a secret is kept between runs, milliseconds. A rejected one is read again at once. */
const lifeMs = 300_000;

/** What the errors of Secrets Manager mean (its API reference, GetSecretValue), and those of the way to it. */
const explanation: Record<string, string> = {
  ResourceNotFoundException: 'it does not exist',
  AccessDeniedException: 'this role may not read it',
  UnrecognizedClientException: 'the AWS credentials are not valid',
  ExpiredTokenException: 'the AWS credentials have expired',
  CredentialsProviderError: 'there are no AWS credentials',
  DecryptionFailure: 'its key does not decrypt it',
  InvalidRequestException: 'it is marked for deletion',
  ThrottlingException: 'there were too many requests to Secrets Manager',
  InternalServiceError: 'Secrets Manager failed',
  TimeoutError: 'Secrets Manager did not answer: check its VPC endpoint and security group',
  ENOTFOUND: 'the name of Secrets Manager is not found: check its VPC endpoint',
  ECONNREFUSED: 'nothing listens at the address of Secrets Manager',
};

/** AccessDeniedException is also what a key answers that this role may not use. */
const deniedByKey = (name: string, message: string): boolean =>
  name === 'AccessDeniedException' && /kms/i.test(message);

const whyUnreadable = (error: unknown): { why: string; code: string } => {
  const { name = 'Error' } = error as { name?: string };
  const { code = name, message = '' } = errorFields(error);
  const why = deniedByKey(name, message)
    ? 'this role may not use the key that encrypts it'
    : (explanation[name] ?? explanation[code] ?? `reading it failed with ${code}`);
  return { why, code };
};

/** Parses the JSON object of a secret. The text itself never appears in a failure. */
const parseSecretFields = (secretId: string, text: string): Outcome<SecretFields> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed('SECRET_INCOMPLETE', `secret "${secretId}" does not hold JSON`, { secretId });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return failed('SECRET_INCOMPLETE', `secret "${secretId}" does not hold a JSON object`, { secretId });
  const fields = Object.entries(value)
    .filter(([, field]) => typeof field === 'string' || typeof field === 'number')
    .map(([key, field]) => [key, new Secret(String(field))] as const);
  return succeeded(Object.fromEntries(fields));
};

/** One field of a secret, or a failure that names the keys that are there instead. */
export const secretField = (secretId: string, fields: SecretFields, key: string): Outcome<Secret> => {
  const field = fields[key];
  if (field && isPlaceholder(field.reveal(), 'secret'))
    return failed(
      'PLACEHOLDER_UNRESOLVED',
      `key "${key}" of secret "${secretId}" still holds a template reference instead of its value`,
      { secretId, key },
    );
  if (field && field.reveal() !== '') return succeeded(field);
  const keys = Object.keys(fields).sort();
  return failed('SECRET_INCOMPLETE', `secret "${secretId}" has no key "${key}"`, {
    secretId,
    missing: key,
    keys,
  });
};

export const createSecretReader = (
  fetchSecret: FetchSecret,
  options: { timeoutMs: number; now?: () => number },
): SecretReader => {
  const now = options.now ?? Date.now;
  const kept = new Map<string, { fields: SecretFields; at: number }>();
  const refresh = async (secretId: string, budget: Budget): Promise<Outcome<SecretFields>> => {
    const part = budget.part(options.timeoutMs);
    const limitMs = Math.round(part.remaining());
    try {
      const text = await within(
        part,
        fetchSecret(secretId).then((value) => ({ value })),
      );
      if (!text)
        return failed('SECRET_UNREADABLE', `secret "${secretId}" could not be read within ${limitMs} ms`, {
          secretId,
          limitMs,
        });
      const parsed = parseSecretFields(secretId, text.value ?? '');
      if (parsed.ok) kept.set(secretId, { fields: parsed.value, at: now() });
      return parsed;
    } catch (error) {
      const { why, code } = whyUnreadable(error);
      return failed('SECRET_UNREADABLE', `secret "${secretId}" could not be read: ${why}`, {
        secretId,
        error: code,
      });
    }
  };
  return {
    refresh,
    read: async (secretId, budget) => {
      const held = kept.get(secretId);
      return held && now() - held.at < lifeMs ? succeeded(held.fields) : refresh(secretId, budget);
    },
  };
};

/** A password that is set, or the way to read it from a secret. */
export interface PasswordSource {
  password?: Secret;
  secretId?: string;
  /** Key of the secret that holds it. */
  key: string;
}

/** What a target says of its password. */
export const passwordSource = (
  { password, secretId }: Pick<PasswordSource, 'password' | 'secretId'>,
  key: string,
): PasswordSource => ({ key, ...(password ? { password } : {}), ...(secretId ? { secretId } : {}) });

const fromSecret = async (
  source: PasswordSource,
  read: (secretId: string) => Promise<Outcome<SecretFields>>,
): Promise<Outcome<Secret | undefined>> => {
  if (!source.secretId) return succeeded(undefined);
  const fields = await read(source.secretId);
  return fields.ok ? secretField(source.secretId, fields.value, source.key) : fields;
};

export const readPassword = async (
  source: PasswordSource,
  reader: SecretReader,
  budget: Budget,
): Promise<Outcome<Secret | undefined>> =>
  source.password ? succeeded(source.password) : fromSecret(source, (id) => reader.read(id, budget));

/**
 * After a rejection: the password that the secret holds by now, when it is another one. A rotation must not
 * look like a wrong password.
 */
export const readPasswordAgain = async (
  source: PasswordSource,
  reader: SecretReader,
  budget: Budget,
  rejected: Secret | undefined,
): Promise<Secret | undefined> => {
  const fresh = await fromSecret(source, (id) => reader.refresh(id, budget));
  if (!fresh.ok || !fresh.value) return undefined;
  return rejected && fresh.value.equals(rejected) ? undefined : fresh.value;
};

/**
 * Attempts with the password of the source. One that was rejected is read again once, and what that said is
 * part of the evidence.
 */
export const withPassword = async <T>(
  source: PasswordSource,
  reader: SecretReader,
  climb: Climb,
  whole: Budget,
  attempt: (password: Promise<Outcome<Secret | undefined>>) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const first = readPassword(source, reader, whole);
  const outcome = await attempt(first);
  if (outcome.ok || outcome.failure.cause !== 'PASSWORD_REJECTED' || !source.secretId) return outcome;
  const rejected = await first;
  const fresh = await readPasswordAgain(source, reader, whole, rejected.ok ? rejected.value : undefined);
  if (fresh) return attempt(Promise.resolve(succeeded(fresh)));
  climb.toldApart.push('not a rotation: the secret was read again and gives no other password');
  return outcome;
};
