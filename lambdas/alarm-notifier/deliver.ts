/** Takes one message to the chat and to lists. */
import type { Severity } from './alarms.ts';
import type { ChatMessage } from './chat.ts';
import type { Mail } from './mail.ts';
import type { Publish } from './publish.ts';
import type { Sent } from './webhook.ts';

export interface Ways {
  publish: Publish;
  /** Absent where there is no chat. */
  chat: ((message: ChatMessage) => Promise<Sent>) | undefined;
}

export interface Letter {
  to: readonly Severity[];
  chat: ChatMessage;
  /** @param note a sentence for the end, where there is one to add */
  mail: (to: Severity, note: string | undefined) => Mail;
  threadKey?: string;
}

export interface Delivered {
  /** What became of the chat; absent where there is none. */
  chat?: Sent;
  /** Lists that did not get it. */
  failed: readonly { to: Severity; reason: unknown }[];
}

/** What the webhook's failure is to those who read the e-mail. */
export const chatNote = (chat: Sent | undefined): string | undefined =>
  chat && !chat.ok ? `This did not reach the chat: its webhook failed (${chat.why}).` : undefined;

/**
 * Never throws. The chat comes first, so that the e-mail can say what became of it: no run is repeated for a chat that
 * is away while the e-mail reaches somebody, because the repetition would be a second e-mail.
 */
export const deliver = async (
  { to, chat: message, mail, threadKey }: Letter,
  { publish, chat }: Ways,
): Promise<Delivered> => {
  const chatted = await chat?.(message);
  const note = chatNote(chatted);
  const mails = await Promise.allSettled(to.map(async (one) => publish(one, mail(one, note), threadKey)));
  const failed = mails.flatMap((result, place) => {
    const one = to[place];
    return result.status === 'rejected' && one ? [{ to: one, reason: result.reason as unknown }] : [];
  });
  return { ...(chatted && { chat: chatted }), failed };
};
