import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Leased, peek, publishBatch, relayPass, TransportDown } from '../../../core/messages/index.ts';
import { decidingTransport } from './deciding-transport.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());

/** What happens to one message on its way. */
type Fate =
  | 'sent'
  | 'refused'
  | 'poison'
  | 'down'
  /** Sent, and so late that its lease has ended. */
  | 'late'
  /** Refused, and so late that its lease has ended. */
  | 'refused late'
  /** Sent, and the relay dies before it can say so. */
  | 'dies';

const fates: fc.Arbitrary<Fate[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant('sent' as const) },
    {
      weight: 6,
      arbitrary: fc.constantFrom<Fate>('refused', 'poison', 'down', 'late', 'refused late', 'dies'),
    },
  ),
  { maxLength: 60 },
);

const scenario = fc.record({
  /** Published before, and while the relays run. */
  batches: fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
  relays: fc.array(
    fc.record({ batch: fc.integer({ min: 1, max: 8 }), most: fc.integer({ min: 1, max: 5 }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  fates,
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const run = async ({
  batches,
  relays,
  fates: given,
}: {
  batches: number[][];
  relays: { batch: number; most: number }[];
  fates: Fate[];
}): Promise<void> => {
  await at.empty();
  const [left, unpublished] = [[...given], [...batches]];
  const counts = new Map<string, number>();
  const published: { id: string; key: string }[] = [];
  const delivered: Leased[] = [];
  let publishing = Promise.resolve();
  const publishOne = async (): Promise<void> => {
    const messages = (unpublished.shift() ?? []).map((key) => {
      const name = `key-${key}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return aMessage(name, counts.get(name));
    });
    published.push(...messages);
    await publishBatch(at.database, messages);
  };
  // One after the other: of two at once nobody could say which one is first.
  const publishNext = (): Promise<void> => {
    publishing = publishing.then(publishOne);
    return publishing;
  };

  const pass = async ({ batch, most }: { batch: number; most: number }): Promise<number> => {
    const died = Promise.withResolvers<number>();
    const transport = decidingTransport(async (message) => {
      const fate = left.shift() ?? 'sent';
      if (fate === 'down') throw new TransportDown('CONNECTION_LOST', 'by the test');
      if (fate === 'refused' || fate === 'poison') return fate;
      if (fate === 'late' || fate === 'refused late') {
        await at.expire();
        await pause(5);
      }
      if (fate === 'refused late') return 'refused';
      delivered.push(message);
      if (fate === 'dies') {
        died.resolve(1);
        return new Promise(() => undefined);
      }
      return 'sent';
    }, most);
    const limits = { batch, leaseMs: 3_600_000, retries: 3, retryDelayMs: 20 };
    const ended = relayPass({ database: at.database, transport, ...limits }).then(
      ({ claimed }) => claimed,
      (error) => {
        if (error instanceof TransportDown) return 1;
        throw error;
      },
    );
    return Promise.race([ended, died.promise]);
  };
  const relay = async (options: { batch: number; most: number }): Promise<void> => {
    for (let idle = 0; idle < 3; ) {
      await publishNext();
      idle = (await pass(options)) > 0 ? 0 : idle + 1;
      if (idle > 0) await pause(2);
    }
  };
  await publishNext();
  await Promise.all(relays.map(relay));
  // Those that died have left leases behind, those that were refused wait.
  do await at.expire();
  while ((await pass({ batch: 100, most: 10 })) > 0);

  const rows = await peek(at.database, { state: 'all', limit: 1_000 });
  const notDelivered = rows.filter(({ id }) => !delivered.some((message) => message.id === id));
  expect(rows.map(({ id }) => id)).toEqual(published.map(({ id }) => id));
  expect(rows.filter(({ state }) => state !== 'sent' && state !== 'dead')).toEqual([]);
  expect(notDelivered.filter(({ state }) => state !== 'dead')).toEqual([]);
  // A dead letter has lost its place: one relay may still send, late, what another has found to be poison meanwhile.
  const dead = new Set(rows.filter(({ state }) => state === 'dead').map(({ id }) => id));
  for (const key of counts.keys()) {
    const numbers = delivered
      .filter((message) => message.key === key && !dead.has(message.id))
      .map((message) => Number(numberOf(message)));
    const firsts = [...new Set(numbers)];
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
  }
  const loses = given.some((fate) => !['sent', 'refused', 'poison'].includes(fate));
  if (!loses) expect(delivered).toHaveLength(new Set(delivered.map(({ id }) => id)).size);
};

test('with several relays that are refused, late, cut off and killed, nothing is lost and each key keeps its order', async () => {
  await fc.assert(fc.asyncProperty(scenario, run), { numRuns: 60, interruptAfterTimeLimit: 45_000 });
}, 60_000);
