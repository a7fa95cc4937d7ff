/** What carries messages from the outbox to their consumers. */
import type { Leased } from './message.ts';

/** Which memory took a message, and its how manieth sending that was; only where a server can lose its memory. */
export interface Receipt {
  /** Of a server and of its memory: another one after a restart, a failover or a flush. */
  serverId: string;
  sequence: string;
}

export type SendResult =
  | { ok: true; receipt?: Receipt }
  /** The message itself is refused. `final` where another attempt would be refused as well. */
  | { ok: false; reason: string; final: boolean }
  /** Not tried, because one before it in its key was refused. */
  | { ok: false; reason: 'waits' };

export interface Transport {
  /** Kind and place, such as `redis:model_ready_queue`. */
  readonly name: string;
  /** Most messages of one call. */
  readonly most: number;
  /** How many of the first ones one call takes, where that depends on their size; one at least. */
  part?(messages: readonly Leased[]): number;
  /**
   * Sends messages in their order; one result for each.
   * @throws TransportDown when it cannot be used: then all of them wait, and nobody's attempt counts
   */
  send(messages: readonly Leased[]): Promise<SendResult[]>;
}

/** The transport cannot be used now. Nothing is known of what was under way. */
export class TransportDown extends Error {
  override readonly name: string = 'TransportDown';
  /** A cause code. */
  override readonly cause: string;

  constructor(cause: string, detail: string) {
    super(detail);
    this.cause = cause;
  }
}

/** The server behind the name of the transport has another memory than the one that messages were sent to. */
export class MemoryChanged extends TransportDown {
  override readonly name = 'MemoryChanged';
  readonly serverId: string;
  /** The last sending that it remembers. */
  readonly sequence: string;

  constructor(serverId: string, sequence: string) {
    super('MEMORY_LOST', `another server, or one without its memory: it remembers sending ${sequence}`);
    this.serverId = serverId;
    this.sequence = sequence;
  }
}
