/** Logins whose user, too, stands in their secret: those of the roles that are not the service's. */
import type { PostgresTarget } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type SecretReader, secretField } from './credentials.ts';
import type { Climb } from './ladder.ts';
import { type Outcome, succeeded } from './outcome.ts';
import { connectPostgresSocket } from './postgres-connection.ts';

export interface OwnLoginOptions {
  secretId: string;
  target: PostgresTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
}

/**
 * The user of a secret. When the secret cannot be read, a network layer that fails too wins: it is the reason
 * then.
 */
export const userOfSecret = async (
  { secretId, target, secrets, dnsTimeoutMs }: OwnLoginOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<string>> => {
  const fields = await secrets.read(secretId, whole);
  const user = fields.ok ? secretField(secretId, fields.value, 'username') : fields;
  if (user.ok) return succeeded(user.value.reveal());
  const socket = await connectPostgresSocket(
    target,
    dnsTimeoutMs,
    climb,
    whole.part(target.connectTimeoutMs),
  );
  if (!socket.ok) return socket;
  socket.value.destroy();
  return user;
};
