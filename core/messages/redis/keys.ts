/** The lists of a queue, as today's consumers know them, and what the relay keeps beside them. */
export const keysOf = (queue: string) => ({
  /** LPUSH by the relay, taken from the other end. */
  queue,
  /** What consumers have at the moment. */
  processing: `${queue}:processing`,
  /** What consumers have given up; it is emptied into the outbox. */
  deadLetters: `${queue}:dlq`,
  /** Entries that are no messages, kept for people. */
  unparsable: `${queue}:unparsable`,
  /** Marks a memory of the lists, and goes with it. */
  memory: `${queue}:breakwater:memory`,
  /** How often was sent; it goes wherever the memory of the lists goes. */
  sequence: `${queue}:breakwater:sequence`,
  /** Messages that were ever sent. */
  sent: `${queue}:breakwater:sent`,
  /** Since when an entry has been with a consumer, and how often it was taken back. */
  seen: `${queue}:breakwater:seen`,
  reclaims: `${queue}:breakwater:reclaims`,
});

/** What became of the last call of a sender; it goes some time after that. */
export const callOf = (queue: string, sender: string): string => `${queue}:breakwater:call:${sender}`;

export type QueueKeys = ReturnType<typeof keysOf>;

/** What is needed of a Redis client. */
export interface RedisCommands {
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
}
