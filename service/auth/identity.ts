/** Who a key belongs to and what they may do, as the auth service says. */
export interface Identity {
  userId: string;
  keyId: string;
  email?: string;
  scopes: readonly string[];
  roles: readonly string[];
  isAdmin: boolean;
  hasSufficientBalance: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** Reads the body of a good answer; undefined when it is no object. What is missing counts as not granted. */
export const identityFrom = (body: unknown): Identity | undefined => {
  if (!isObject(body)) return undefined;
  const user = isObject(body.user) ? body.user : {};
  const email = text(body.email ?? user.email);
  return {
    userId: text(body.user_id) || text(user.id),
    keyId: text(body.key_id),
    ...(email ? { email } : {}),
    scopes: texts(body.scopes),
    roles: texts(body.roles),
    isAdmin: body.is_admin === true,
    hasSufficientBalance: body.has_sufficient_balance !== false,
  };
};

/** Scopes each of which lets its holder write. */
export const writeScopes = [
  'model:write',
  'mlflow:write',
  'mlflow:access',
  'admin',
  'mlflow:admin',
  'write',
  'full_access',
] as const;

export const mayWrite = ({ scopes }: Identity): boolean =>
  writeScopes.some((scope) => scopes.includes(scope));

/** Who may use the MLflow registry besides those whom the auth service calls administrators. */
export interface RegistryAdmins {
  scopes: readonly string[];
  emails: readonly string[];
}

export const isRegistryAdmin = (
  { isAdmin, email, scopes, roles }: Identity,
  admins: RegistryAdmins,
): boolean =>
  isAdmin ||
  (email !== undefined && admins.emails.some((one) => one.toLowerCase() === email.toLowerCase())) ||
  admins.scopes.some((scope) => scopes.includes(scope) || roles.includes(scope));
