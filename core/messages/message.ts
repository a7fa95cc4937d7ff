/** What is sent, and what becomes of it. */

/** A message that is not written yet. */
export interface NewMessage {
  type: string;
  /** Messages with one key are delivered in the order in which they were published. */
  key: string;
  payload: Readonly<Record<string, unknown>>;
  /** Carried along for whoever follows a request, such as a trace id. */
  headers?: Readonly<Record<string, string>>;
  /** A UUID; drawn where it is left out. The same id twice is one message. */
  id?: string;
  /** Not delivered before. */
  availableAt?: Date;
}

/** A message that somebody has for a while. */
export interface Leased {
  /** Place in the order of publishing. */
  place: string;
  id: string;
  type: string;
  key: string;
  payload: Readonly<Record<string, unknown>>;
  headers: Readonly<Record<string, string>>;
  publishedAt: Date;
  /** This attempt included; a holder that died has used one up. */
  attempts: number;
  /** Failed attempts so far. */
  failures: readonly FailedAttempt[];
  /** Shown with whatever is done with it: whoever has lost the lease is told so. */
  token: string;
  leasedUntil: Date;
}

export interface FailedAttempt {
  at: string;
  attempt: number;
  reason: string;
}

/** `lost`: the lease has ended and somebody else has the message, or it is sent or dead by now. */
export type LeaseOutcome = 'done' | 'lost';

export type MessageState = 'pending' | 'held' | 'sent' | 'dead';

/** A message as people look at it. */
export interface Peeked {
  id: string;
  type: string;
  key: string;
  state: MessageState;
  publishedAt: string;
  attempts: number;
  heldUntil?: string;
  sentAt?: string;
  deadAt?: string;
  deadReason?: string;
  failures: readonly FailedAttempt[];
  payload: Readonly<Record<string, unknown>>;
}

/** Which messages are meant; what is left out does not matter. */
export interface MessageFilter {
  ids?: readonly string[];
  type?: string;
  key?: string;
  /** A part of the reason of a dead one. */
  reason?: string;
  /** Dead, or published, before. */
  before?: Date;
}

export interface QueueDepth {
  /** Not sent and not dead, those that are held included. */
  pending: number;
  /** Of these: leased, or waiting for their next attempt. */
  held: number;
  /** Seconds since the oldest of the pending was published, or could first be delivered; 0 without one. */
  oldestAgeSeconds: number;
  dead: number;
  /** Sent and still kept. */
  kept: number;
}
