/** How messages stand in a Redis list: the form that today's consumers read and write. */
import { isStorable } from './storable.ts';

export interface Envelope {
  message_id: string;
  message_type: string;
  payload: Readonly<Record<string, unknown>>;
  /** ISO 8601 without a zone; UTC. */
  timestamp: string;
  retry_count: number;
  max_retries: number;
}

/** Attempts of a consumer before it gives a message up. */
export const consumerRetries = 3;

const withoutZone = (at: Date): string => at.toISOString().replace('Z', '');

interface Sendable {
  id: string;
  type: string;
  payload: Readonly<Record<string, unknown>>;
  publishedAt: Date;
}

export const envelopeOf = ({ id, type, payload, publishedAt }: Sendable): Envelope => ({
  message_id: id,
  message_type: type,
  payload,
  timestamp: withoutZone(publishedAt),
  retry_count: 0,
  max_retries: consumerRetries,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isEnvelope = (value: unknown): value is Envelope =>
  isObject(value) &&
  typeof value.message_id === 'string' &&
  typeof value.message_type === 'string' &&
  isObject(value.payload);

/** Reads an entry of a list; undefined when it is no envelope. */
export const readEnvelope = (entry: string): Envelope | undefined => {
  const value = parsed(entry);
  return isEnvelope(value)
    ? { ...value, retry_count: Number(value.retry_count) || 0, max_retries: Number(value.max_retries) || 0 }
    : undefined;
};

export interface DeadLetterEntry {
  envelope: Envelope;
  error: string;
  failedAt?: string;
}

/**
 * Reads an entry of the list of dead letters, in either of the two forms in which consumers write it. What the outbox
 * could not keep is none.
 */
export const readDeadLetter = (entry: string): DeadLetterEntry | undefined => {
  const dead = deadLetterOf(parsed(entry));
  return isStorable(dead) ? dead : undefined;
};

const deadLetterOf = (value: unknown): DeadLetterEntry | undefined => {
  if (isEnvelope(value)) return { envelope: value, error: 'its consumer gave it up and did not say why' };
  if (!isObject(value) || typeof value.original_message !== 'string') return undefined;
  const envelope = readEnvelope(value.original_message);
  return (
    envelope && {
      envelope,
      error: typeof value.error === 'string' ? value.error : 'its consumer did not say why',
      ...(typeof value.failed_at === 'string' ? { failedAt: value.failed_at } : {}),
    }
  );
};
