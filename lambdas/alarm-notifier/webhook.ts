/** Sends to a chat. Its address is a secret: whoever knows it can write there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../core/settings/index.ts';
import type { ChatMessage } from './chat.ts';
import { attempt } from './reading.ts';
import { thrown } from './thrown.ts';

export type Sent = { ok: true } | { ok: false; why: string };

export interface WebhookOptions {
  /** What the secret holds. */
  secret: () => Promise<string | undefined>;
  fetch: typeof fetch;
  /** Deadline of one attempt, milliseconds. */
  timeoutMs: number;
  /** Pause before the second attempt, milliseconds. */
  pauseMs: number;
}

const fieldOf = (text: string): string | undefined => {
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
};

/** The address in the secret: https, except on the machine itself. */
export const webhookAddress = (text: string): Secret | undefined => {
  const address = text.trimStart().startsWith('{') ? fieldOf(text) : text.trim();
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, hostname } = new URL(address);
  const safe = protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
  return safe ? new Secret(address) : undefined;
};

/** Names of what failed only: messages of errors may hold the address. */
const reasonOf = (error: unknown): string => {
  const { name, code } = thrown(error);
  // A failed fetch says in its cause why.
  return code === undefined || /^\d+$/.test(code) ? name : `${name} (${code})`;
};

const post = async (
  address: Secret,
  message: ChatMessage,
  { fetch: send, timeoutMs }: WebhookOptions,
): Promise<Sent & { again?: boolean }> => {
  try {
    const response = await send(address.reveal(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return { ok: true };
    const again = response.status === 429 || response.status >= 500;
    return { ok: false, why: `it answered ${response.status}`, again };
  } catch (error) {
    return { ok: false, why: reasonOf(error), again: true };
  }
};

/** Posts a message, a second time where that may help. Never throws, and never names the address. */
export const sendToWebhook = async (message: ChatMessage, options: WebhookOptions): Promise<Sent> => {
  const secret = await attempt(options.secret, AbortSignal.timeout(options.timeoutMs));
  if (!secret.read) return { ok: false, why: `its secret could not be read: ${secret.why}` };
  const address = secret.value === undefined ? undefined : webhookAddress(secret.value);
  if (!address)
    return { ok: false, why: 'its secret holds no https address, neither alone nor as the field url' };
  const first = await post(address, message, options);
  if (first.ok || !first.again) return first.ok ? first : { ok: false, why: first.why };
  await sleep(options.pauseMs);
  const second = await post(address, message, options);
  return second.ok ? second : { ok: false, why: `${first.why}, then ${second.why}` };
};
