/** What an operation comes to: plain data, the same for the command and the function. */
import type { Check } from '../../checks/index.ts';
import type { MessageFilter, MessageState, Peeked, QueueDepth } from '../message.ts';
import type { DeadMessage } from './dead.ts';
import type { ListsFound } from './lists.ts';
import type { OperationName } from './options.ts';

interface Head {
  environment: string;
  /** When it began, as ISO 8601 in UTC. */
  at: string;
}

/** A transport that messages were sent to, and since when the server behind its name is the same. */
export interface KnownTransport {
  name: string;
  since: string;
}

export type DepthResult = Head & {
  operation: 'depth';
  ok: true;
  outbox: QueueDepth;
  lists: ListsFound;
  transports: readonly KnownTransport[];
  /** Which of the places is the one to look in. */
  lookIn: string;
};

export type PeekResult = Head & {
  operation: 'peek';
  ok: true;
  state: MessageState | 'all';
  limit: number;
  key?: string;
  messages: readonly Peeked[];
};

/** What a redrive or a purge would have changed; nothing was. */
export type PreviewResult = Head & {
  operation: 'redrive' | 'purge';
  ok: true;
  dryRun: true;
  filter: MessageFilter;
  /** Dead messages that the filter means. */
  matching: number;
  /** Those of them that one run with this limit changes. */
  messages: readonly DeadMessage[];
};

export type ChangeResult = Head & {
  operation: 'redrive' | 'purge';
  ok: true;
  dryRun: false;
  filter: MessageFilter;
  matching: number;
  /** Ids, in the order of publishing. */
  changed: readonly string[];
  /** Dead messages that the filter meant at the beginning and that were not changed. */
  left: number;
  /** Ended before its time, because it was told to. */
  stopped?: true;
};

/** The database could not be reached, or refused a statement. What was changed before that stays changed. */
export type FailedResult = Head & {
  operation: OperationName;
  ok: false;
  check: Check;
  changed?: readonly string[];
};

/** Nothing was done, because of what was asked or how it is set up. */
export interface RefusedResult {
  operation: string;
  ok: false;
  error: { message: string; problems: readonly string[] };
  /** For a purge that was not confirmed. */
  wouldPurge?: { matching: number; messages: readonly DeadMessage[] };
}

export type OperationResult =
  | DepthResult
  | PeekResult
  | PreviewResult
  | ChangeResult
  | FailedResult
  | RefusedResult;

/** Every problem in one message. */
export const refused = (operation: string, problems: readonly string[]): RefusedResult => ({
  operation,
  ok: false,
  error: { message: problems.join('; '), problems: [...problems] },
});
