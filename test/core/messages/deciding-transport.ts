import type { Leased, SendResult, Transport } from '../../../core/messages/index.ts';

/** What becomes of a message; what is thrown becomes of the whole call. */
export type Decision = 'sent' | 'refused' | 'poison';

export interface DecidingTransport extends Transport {
  /** What consumers have got, in its order. */
  delivered: Leased[];
  /** How many messages each call had. */
  calls: number[];
}

/**
 * A transport as SQS is one: a message is taken or refused by itself, and behind one that is refused nothing of its
 * key is tried. The test decides.
 */
export const decidingTransport = (
  decide: (message: Leased) => Decision | Promise<Decision>,
  most = 10,
): DecidingTransport => {
  const transport: DecidingTransport = {
    name: 'decided',
    most,
    delivered: [],
    calls: [],
    send: async (messages) => {
      transport.calls.push(messages.length);
      const refused = new Set<string>();
      const results: SendResult[] = [];
      for (const message of messages) {
        if (refused.has(message.key)) {
          results.push({ ok: false, reason: 'waits' });
          continue;
        }
        const decision = await decide(message);
        if (decision === 'sent') {
          transport.delivered.push(message);
          results.push({ ok: true });
          continue;
        }
        refused.add(message.key);
        results.push({ ok: false, reason: `${decision} by the test`, final: decision === 'poison' });
      }
      return results;
    },
  };
  return transport;
};
