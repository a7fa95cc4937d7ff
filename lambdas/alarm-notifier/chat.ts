/** A message for a chat: what incoming webhooks that are compatible with Slack's take. */
import type { Content } from './content.ts';

export interface ChatMessage {
  text: string;
  thread_key: string;
  severity: string;
}

/** Characters that such webhooks show without folding. */
const longest = 3_500;

/** Signs that begin a link or a mention there. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const chatOf = ({ title, headline, fields, threadKey, severity }: Content): ChatMessage => {
  const lines = [
    `*[${severity}] ${escaped(title)}*`,
    escaped(headline),
    ...fields.map(([label, parts]) => `*${label}* ${parts.map(escaped).join('\n')}`),
  ];
  const text = lines.join('\n');
  return {
    text: text.length > longest ? `${text.slice(0, longest)}...` : text,
    thread_key: threadKey,
    severity,
  };
};
