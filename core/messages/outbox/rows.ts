/** Rows of the outbox, as the queue shows them. */
import type { FailedAttempt, Leased, MessageFilter, MessageState, Peeked } from '../message.ts';

export const table = 'public.breakwater_outbox';

/** Neither sent nor dead. The partial indexes have the same words. */
export const isPending = 'sent_at IS NULL AND dead_at IS NULL';

/** Ids of messages that this queue has written are; those of others in the lists may be anything. */
export const isUuid = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

export interface LeasedRow extends Record<string, unknown> {
  id: string;
  message_id: string;
  message_type: string;
  ordering_key: string;
  payload: Record<string, unknown>;
  headers: Record<string, string>;
  created_at: Date;
  attempts: number;
  failures: FailedAttempt[];
  lease_token: string;
  held_until: Date;
}

export const leasedOf = (row: LeasedRow): Leased => ({
  place: row.id,
  id: row.message_id,
  type: row.message_type,
  key: row.ordering_key,
  payload: row.payload,
  headers: row.headers,
  publishedAt: row.created_at,
  attempts: row.attempts,
  failures: row.failures,
  token: row.lease_token,
  leasedUntil: row.held_until,
});

export interface PeekedRow extends Record<string, unknown> {
  message_id: string;
  message_type: string;
  ordering_key: string;
  payload: Record<string, unknown>;
  created_at: Date;
  attempts: number;
  failures: FailedAttempt[];
  held_until: Date | null;
  sent_at: Date | null;
  dead_at: Date | null;
  dead_reason: string | null;
}

const stateOf = ({ dead_at, sent_at, held_until }: PeekedRow, now: number): MessageState => {
  if (dead_at) return 'dead';
  if (sent_at) return 'sent';
  return held_until && held_until.getTime() > now ? 'held' : 'pending';
};

export const peekedOf = (row: PeekedRow): Peeked => ({
  id: row.message_id,
  type: row.message_type,
  key: row.ordering_key,
  state: stateOf(row, Date.now()),
  publishedAt: row.created_at.toISOString(),
  attempts: row.attempts,
  ...(row.held_until ? { heldUntil: row.held_until.toISOString() } : {}),
  ...(row.sent_at ? { sentAt: row.sent_at.toISOString() } : {}),
  ...(row.dead_at ? { deadAt: row.dead_at.toISOString() } : {}),
  ...(row.dead_reason === null ? {} : { deadReason: row.dead_reason }),
  failures: row.failures,
  payload: row.payload,
});

/** Conditions on dead messages, with their values from `$first` on. */
export const deadWhere = (filter: MessageFilter, first: number): { text: string; values: unknown[] } => {
  const conditions: [sql: (place: string) => string, value: unknown][] = [];
  if (filter.ids) conditions.push([(place) => `message_id = ANY(${place}::uuid[])`, filter.ids]);
  if (filter.type !== undefined) conditions.push([(place) => `message_type = ${place}`, filter.type]);
  if (filter.key !== undefined) conditions.push([(place) => `ordering_key = ${place}`, filter.key]);
  if (filter.reason !== undefined)
    conditions.push([(place) => `position(lower(${place}) IN lower(dead_reason)) > 0`, filter.reason]);
  if (filter.before) conditions.push([(place) => `dead_at < ${place}`, filter.before]);
  return {
    text: ['dead_at IS NOT NULL', ...conditions.map(([sql], index) => sql(`$${first + index}`))].join(
      ' AND ',
    ),
    values: conditions.map(([, value]) => value),
  };
};
